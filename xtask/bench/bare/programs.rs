//! The bare tunnel's programs, started: each is this program once more.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::Result;

use crate::host::Process;
use crate::subject::Yard;

/// Starts one, named as its log is.
///
/// # Errors
///
/// It cannot be started.
pub(crate) fn start(yard: &Yard, name: &str, words: &[&str]) -> Result<Process> {
    let mut command = Command::new(std::env::current_exe()?);
    yard.program(name, command.arg("bare").args(words))
}

/// Starts a relay; also returns where it is.
///
/// # Errors
///
/// It does not start.
pub(crate) fn relay(yard: &Yard) -> Result<(Process, SocketAddr)> {
    let address = Process::free_address()?;
    let mut relay = start(yard, "bare-relay", &["relay", "--listen", &address.to_string()])?;
    relay.listening(address)?;
    Ok((relay, address))
}
