//! A desktop, as far as a keyring is one: a session bus, and GNOME's keyring on it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{Output, Workstation, clients_directory, venv_binary};

/// A bus of a workstation's own, which ends with the test.
pub(crate) struct Desktop {
    address: String,
    children: Vec<Child>,
}

impl Desktop {
    /// A bus without anything on it.
    pub(crate) fn bare(workstation: &Workstation) -> Desktop {
        let at = format!("--address=unix:dir={}", workstation.home().join("run").display());
        let words = ["--session", "--nofork", "--print-address=1", &at];
        let mut command = workstation.command(Path::new("/usr/bin/dbus-daemon"), &words);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("dbus-daemon (`cargo xtask setup`): {error}"));
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        Desktop {
            address: address.trim().to_owned(),
            children: vec![child],
        }
    }

    /// One with a keyring, whose collection `login` the login has unlocked.
    pub(crate) fn with_keyring(workstation: &Workstation) -> Desktop {
        let mut desktop = Desktop::bare(workstation);
        let words = ["--foreground", "--unlock", "--components=secrets"];
        let mut command = workstation.command(Path::new("/usr/bin/gnome-keyring-daemon"), &words);
        let mut child = command
            .env("DBUS_SESSION_BUS_ADDRESS", &desktop.address)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("gnome-keyring-daemon (`cargo xtask setup`): {error}"));
        child.stdin.take().unwrap().write_all(b"login-password").unwrap();
        desktop.children.insert(0, child);
        let begun = Instant::now();
        while !desktop.has_keyring(workstation) {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the keyring does not come"
            );
            thread::sleep(Duration::from_millis(20));
        }
        desktop
    }

    fn has_keyring(&self, workstation: &Workstation) -> bool {
        let words = [
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus.NameHasOwner",
            "string:org.freedesktop.secrets",
        ];
        self.ask(workstation, "org.freedesktop.DBus", &words)
            .contains("true")
    }

    /// Locks the collection `login`.
    pub(crate) fn lock(&self, workstation: &Workstation) {
        let words = [
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            "array:objpath:/org/freedesktop/secrets/collection/login",
        ];
        self.ask(workstation, "org.freedesktop.secrets", &words);
    }

    /// Puts items into the collection `login` as aws-vault does: what its attribute says, and what it holds.
    pub(crate) fn put_as_aws_vault(&self, workstation: &Workstation, items: &[[&str; 2]]) {
        let program = clients_directory()
            .join("secret_service.py")
            .display()
            .to_string();
        let words = [&[program.as_str(), "login"], items.as_flattened()].concat();
        let mut command = workstation.command(&venv_binary("python"), &words);
        Output::of(command.env("DBUS_SESSION_BUS_ADDRESS", &self.address)).text();
    }

    fn ask(&self, workstation: &Workstation, service: &str, words: &[&str]) -> String {
        let service = format!("--dest={service}");
        let words = [&["--session", "--print-reply", &service], words].concat();
        let mut command = workstation.command(Path::new("/usr/bin/dbus-send"), &words);
        Output::of(command.env("DBUS_SESSION_BUS_ADDRESS", &self.address)).text()
    }

    /// `kagiban ARGUMENTS…` on this desktop, without a display.
    pub(crate) fn kagiban(&self, workstation: &Workstation, arguments: &[&str]) -> Command {
        let mut command = workstation.kagiban(arguments);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command
    }

    /// Runs it.
    pub(crate) fn run(&self, workstation: &Workstation, arguments: &[&str]) -> Output {
        Output::of(&mut self.kagiban(workstation, arguments))
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
