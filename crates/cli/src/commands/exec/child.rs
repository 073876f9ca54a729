//! A command beside this process, for as long as a server has to live with it.

use std::io::IsTerminal as _;
use std::process::{Command, ExitCode};

use crate::failure::Failure;

/// Runs a command to its end, passing signals on, and returns its exit code; 128 and the signal's number
/// for one that a signal ended.
#[cfg(unix)]
pub(crate) fn run(mut command: Command) -> Result<ExitCode, Failure> {
    use std::os::unix::process::ExitStatusExt as _;

    use rustix::process::{Pid, Signal, kill_process};
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

    let passed = [SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
    let mut signals = signal_hook::iterator::Signals::new(passed)?;
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ok(super::not_run(&command, &error)),
    };
    let pid = Pid::from_child(&child);
    // The terminal sends these two to both.
    let is_sent_to_both = |signal| matches!(signal, SIGINT | SIGQUIT) && std::io::stdin().is_terminal();
    std::thread::spawn(move || {
        for signal in signals.forever().filter(|signal| !is_sent_to_both(*signal)) {
            if let Some(signal) = Signal::from_named_raw(signal) {
                let _ = kill_process(pid, signal);
            }
        }
    });
    let status = child.wait()?;
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    Ok(ExitCode::from(
        code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
    ))
}

/// Runs a command to its end.
#[cfg(not(unix))]
pub(crate) fn run(mut command: Command) -> Result<ExitCode, Failure> {
    let _ = std::io::stdin().is_terminal();
    match command.status() {
        Ok(status) => Ok(ExitCode::from(
            status
                .code()
                .and_then(|code| u8::try_from(code).ok())
                .unwrap_or(1),
        )),
        Err(error) => Ok(super::not_run(&command, &error)),
    }
}
