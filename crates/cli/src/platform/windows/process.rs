//! Commands beside this process: none can take its place, so it waits and ends as they do.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{self, Command, ExitCode, ExitStatus};

use tokio::signal::windows::{ctrl_break, ctrl_c};

/// The shell of who names none.
pub(crate) const SHELL: &str = "cmd.exe";

/// Runs the command to its end and ends with its code; comes back only if it cannot be run.
///
/// # Errors
///
/// The command cannot be run.
pub(crate) fn replace(command: &mut Command) -> io::Result<Infallible> {
    let status = run(command)?;
    process::exit(status.code().unwrap_or(1))
}

/// Runs a command to its end. The console sends Ctrl-C to both, and it is the command's to hear.
///
/// # Errors
///
/// The command cannot be run.
pub(crate) fn run(command: &mut Command) -> io::Result<ExitStatus> {
    let _heard = (ctrl_c()?, ctrl_break()?);
    command.spawn()?.wait()
}

/// The exit code of a command, as this program's own. Codes have 32 bits here, of which std's type has 8:
/// for a longer one the process ends at once.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().unwrap_or(1);
    match u8::try_from(code) {
        Ok(code) => ExitCode::from(code),
        Err(_) => process::exit(code),
    }
}

/// A program is told no other name here.
pub(crate) fn set_name(_: &mut Command, _: &OsStr) {}

/// Whoever starts a program finds it, by PATH and the endings of programs.
pub(crate) fn find(program: &OsStr) -> PathBuf {
    program.into()
}

/// A command line as a person writes it: `cmd.exe` takes the quotes around it away, and no more.
pub(crate) fn line(line: &str) -> Command {
    let mut command = Command::new(SHELL);
    command.raw_arg(format!("/D /S /C \"{line}\""));
    command
}

/// The name of a variable as it is compared: in any case, it is the same.
pub(crate) fn variable(name: OsString) -> OsString {
    match name.to_str() {
        Some(text) => text.to_uppercase().into(),
        None => name,
    }
}
