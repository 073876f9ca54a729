//! The plugin as a process: the real binary, called by the plugin's name.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// A program that was started, with what it prints.
pub(crate) struct Running {
    pub(crate) child: Child,
    printed: mpsc::Receiver<Vec<u8>>,
    pub(crate) text: String,
    /// The other side of its terminal, or of its standard input.
    pub(crate) keyboard: Option<File>,
}

pub(crate) fn command() -> (Command, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("session-manager-plugin");
    symlink(env!("CARGO_BIN_EXE_kagiban"), &path).unwrap();
    let mut command = Command::new(path);
    command
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("HOME", directory.path());
    (command, directory)
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    let (mut command, _directory) = command();
    command.args(arguments).output().unwrap()
}

/// The arguments with which the AWS CLI calls it.
fn for_session(started: &str, api: &str) -> (Command, tempfile::TempDir) {
    let (mut command, directory) = command();
    command
        .env("AWS_SSM_START_SESSION_RESPONSE", started)
        .args(["AWS_SSM_START_SESSION_RESPONSE", "us-east-1", "StartSession", ""])
        .args([r#"{"Target": "mi-0123456789abcdef0"}"#, api]);
    (command, directory)
}

impl Running {
    /// With pipes.
    pub(crate) fn piped(started: &str, api: &str) -> Running {
        let (mut command, _directory) = for_session(started, api);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let keyboard = std::os::fd::OwnedFd::from(child.stdin.take().unwrap()).into();
        let from = std::os::fd::OwnedFd::from(child.stdout.take().unwrap()).into();
        Running::reading(child, from, keyboard)
    }

    /// On a terminal of 100 columns and 30 rows.
    pub(crate) fn on_terminal(started: &str, api: &str) -> Running {
        let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&near).unwrap();
        unlockpt(&near).unwrap();
        let name = ptsname(&near, Vec::new()).unwrap().into_string().unwrap();
        let near = File::from(near);
        set_size(&near, 100, 30);
        let far = || File::options().read(true).write(true).open(&name).unwrap();
        let (mut command, _directory) = for_session(started, api);
        let child = command
            .stdin(far())
            .stdout(far())
            .stderr(far())
            .process_group(0)
            .spawn()
            .unwrap();
        Running::reading(child, near.try_clone().unwrap(), near)
    }

    fn reading(child: Child, mut from: File, keyboard: File) -> Running {
        let (to, printed) = mpsc::channel();
        std::thread::spawn(move || {
            let mut piece = [0; 64 << 10];
            while let Ok(length @ 1..) = from.read(&mut piece) {
                if to.send(piece[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keyboard = Some(keyboard);
        Running {
            child,
            printed,
            text: String::new(),
            keyboard,
        }
    }

    /// Waits until it has printed this.
    pub(crate) fn shows(&mut self, wanted: &str) {
        while !self.text.contains(wanted) {
            let piece = self.printed.recv_timeout(Duration::from_secs(20));
            let piece = piece.unwrap_or_else(|_| panic!("`{wanted}` does not come: {}", self.text));
            self.text.push_str(&String::from_utf8_lossy(&piece));
        }
    }

    pub(crate) fn types(&mut self, text: &[u8]) {
        self.keyboard.as_mut().unwrap().write_all(text).unwrap();
    }

    /// Waits for its end; returns its exit status.
    pub(crate) fn ends(&mut self) -> i32 {
        let status = self.child.wait().unwrap();
        while let Ok(piece) = self.printed.recv_timeout(Duration::from_millis(300)) {
            self.text.push_str(&String::from_utf8_lossy(&piece));
        }
        status.code().unwrap_or(-1)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

pub(crate) fn set_size(terminal: &File, ws_col: u16, ws_row: u16) {
    let size = Winsize {
        ws_row,
        ws_col,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size).unwrap();
}
