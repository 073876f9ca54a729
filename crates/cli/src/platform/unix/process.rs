//! Commands in this process's place, or beside it.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};
use std::{env, thread};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;

use super::deferred;

/// The shell of who names none.
pub(crate) const SHELL: &str = "/bin/sh";

/// Puts the command in this process's place; comes back only if that fails.
///
/// # Errors
///
/// The command cannot be run.
pub(crate) fn replace(command: &mut Command) -> io::Result<Infallible> {
    Err(command.exec())
}

/// Runs a command to its end, passing signals on.
///
/// # Errors
///
/// The command cannot be run.
pub(crate) fn run(command: &mut Command) -> io::Result<ExitStatus> {
    let passed = [SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
    let mut signals = hear(&passed)?;
    let mut child = command.spawn()?;
    let pid = Pid::from_child(&child);
    // The terminal sends these two to both.
    let is_sent_to_both = |signal| matches!(signal, SIGINT | SIGQUIT) && io::stdin().is_terminal();
    thread::spawn(move || {
        for signal in signals.forever().filter(|signal| !is_sent_to_both(*signal)) {
            if let Some(signal) = Signal::from_named_raw(signal) {
                let _ = kill_process(pid, signal);
            }
        }
    });
    child.wait()
}

/// These signals from now on, which have no other effect any more.
///
/// # Errors
///
/// If the system does not let one be heard.
pub(crate) fn hear(signals: &[i32]) -> io::Result<Signals> {
    let heard = Signals::new(signals)?;
    deferred::hear(signals);
    Ok(heard)
}

/// The exit code of a command, as this program's own; 128 and the signal's number for one that a signal
/// ended.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Lets a program see this name as its own, whatever it was found by.
pub(crate) fn set_name(command: &mut Command, name: &OsStr) {
    command.arg0(name);
}

/// Where our own PATH has a program that is named without a directory.
pub(crate) fn find(program: &OsStr) -> PathBuf {
    let plain = PathBuf::from(program);
    if plain.components().count() != 1 {
        return plain;
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = env::split_paths(&path).map(|directory| directory.join(program));
    places.find(|place| is_executable(place)).unwrap_or(plain)
}

fn is_executable(place: &Path) -> bool {
    place
        .metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// A command line as a person writes it.
pub(crate) fn line(line: &str) -> Command {
    let mut command = Command::new(SHELL);
    command.args(["-c", line]);
    command
}

/// The name of a variable as it is compared.
pub(crate) fn variable(name: OsString) -> OsString {
    name
}
