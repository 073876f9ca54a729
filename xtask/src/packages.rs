//! Programs of the system that the tests use; installed when that is possible, named when it is not.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::process::{is_installed, run};

/// A program and the Debian package it comes from.
const PROGRAMS: &[(&str, &str)] = &[
    ("dbus-daemon", "dbus"),
    ("dbus-send", "dbus"),
    ("fish", "fish"),
    ("git", "git"),
    ("mandoc", "mandoc"),
    ("gnome-keyring-daemon", "gnome-keyring"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("openssl", "openssl"),
    ("python3", "python3"),
    ("ssh-agent", "openssh-client"),
    ("sshd", "openssh-server"),
    ("zsh", "zsh"),
];

/// Installs what is missing.
///
/// # Errors
///
/// Something is missing and cannot be installed: not root, or not Debian.
pub(crate) fn ensure() -> Result<()> {
    install(&missing())
}

/// Installs what is missing of these alone.
///
/// # Errors
///
/// As [`ensure`].
pub(crate) fn ensure_these(programs: &[(&str, &'static str)]) -> Result<()> {
    install(&missing_of(programs))
}

fn install(missing: &[&str]) -> Result<()> {
    if missing.is_empty() {
        println!("everything is there");
        return Ok(());
    }
    if !is_installed("apt-get") || !is_root() {
        bail!(
            "missing: {0}; on Debian, as root: apt-get install {0}",
            missing.join(" ")
        );
    }
    println!("installing {}", missing.join(", "));
    run(apt_get().arg("update"))?;
    run(apt_get()
        .args(["install", "--yes", "--no-install-recommends"])
        .args(missing))
}

fn missing() -> Vec<&'static str> {
    let mut missing = missing_of(PROGRAMS);
    if !python_makes_environments() {
        missing.push("python3-venv");
    }
    missing
}

fn missing_of(programs: &[(&str, &'static str)]) -> Vec<&'static str> {
    let programs = programs.iter().filter(|(program, _)| !is_installed(program));
    let mut missing: Vec<_> = programs.map(|(_, package)| *package).collect();
    missing.dedup();
    missing
}

/// Debian's python3 comes without what `python3 -m venv` needs.
fn python_makes_environments() -> bool {
    let mut python = Command::new("python3");
    let python = python
        .args(["-c", "import ensurepip, venv"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command
        .arg("--quiet=2")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null());
    command
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
