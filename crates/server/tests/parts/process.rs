//! The running process, seen from outside: what others on the machine can learn from it.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::running::{Home, Running};

/// Somebody who is not root: whose processes' files in `/proc` are not root's unless hardened.
const NOBODY: u32 = 65534;

fn owner(process: u32) -> u32 {
    fs::metadata(format!("/proc/{process}/environ")).unwrap().uid()
}

/// As somebody who is not root, whoever runs the tests.
fn demoted(command: &mut Command) {
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
}

#[test]
fn the_server_cannot_be_read_or_dumped_by_other_processes_of_its_user() {
    let home = Home::new();
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    if rustix::process::geteuid().is_root() {
        chown(home.0.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    demoted(&mut command);
    let server = Running::spawn(command, home.path("log"));
    // The kernel gives the files of a process that must not be dumped to root.
    assert_eq!(owner(server.process.id()), 0);
    let limits = fs::read_to_string(server.proc("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size"));
    assert_eq!(
        core.unwrap().split_whitespace().collect::<Vec<_>>()[4..6],
        ["0", "0"]
    );

    let mut command = Command::new("sleep");
    demoted(command.arg("60"));
    let mut other = command.spawn().unwrap();
    let plain = owner(other.id());
    other.kill().unwrap();
    other.wait().unwrap();
    assert_ne!(plain, 0, "this machine shows no difference");
}
