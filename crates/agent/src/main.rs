//! `kagiban-agent`, which will run on each managed machine: it dials out, and serves sessions,
//! commands and role credentials.
//!
//! Nothing is here yet; the README lists what is missing.

use std::process::ExitCode;

fn main() -> ExitCode {
    eprintln!("kagiban-agent: not built yet; this version has the server only");
    ExitCode::FAILURE
}
