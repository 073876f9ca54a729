//! `kagiban`, which will be the workstation's command: profiles, exec, login, sessions, parameters.
//!
//! Nothing is here yet; the README lists what is missing. The AWS CLI does what the server can.

use std::process::ExitCode;

fn main() -> ExitCode {
    eprintln!("kagiban: not built yet; this version has the server only, and the AWS CLI works with it");
    ExitCode::FAILURE
}
