//! A Windows of its own, by Wine, with `kagiban.exe` in it. `cargo xtask windows` prepares both.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{Output, PASSPHRASE, tool};
use crate::harness::workplace::windows_binary;

/// A user's profile on a fresh Windows; its programs end with it.
pub(crate) struct Wine {
    home: TempDir,
}

impl Wine {
    /// Starts one, which takes a while, with this config file.
    pub(crate) fn new(config: &str) -> Wine {
        let wine = Wine {
            home: TempDir::new().unwrap(),
        };
        Output::of(wine.command(&tool("wine")).args(["wineboot", "--init"])).text();
        let directory = wine.profile().join(".aws");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("config"), config).unwrap();
        wine
    }

    /// The disk `C:`, with the registry's files beside it.
    pub(crate) fn disk(&self) -> PathBuf {
        self.home.path().join("windows")
    }

    /// `%USERPROFILE%`.
    pub(crate) fn profile(&self) -> PathBuf {
        let users = fs::read_dir(self.disk().join("drive_c/users")).unwrap();
        let mut users = users.map(|user| user.unwrap().path());
        users.find(|user| !user.ends_with("Public")).unwrap()
    }

    /// `kagiban.exe ARGUMENTS…`.
    pub(crate) fn kagiban(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&tool("wine"));
        command.arg(windows_binary()).args(arguments);
        command
    }

    /// Runs it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Output::of(&mut self.kagiban(arguments))
    }

    /// Runs it with something on standard input.
    pub(crate) fn piped(&self, input: &str, arguments: &[&str]) -> Output {
        let mut command = self.kagiban(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.home.path())
            .env("LC_ALL", "C.UTF-8")
            .env("WINEPREFIX", self.disk())
            .env("WINEDEBUG", "-all")
            // Nothing here needs a browser or .NET, and Wine would ask for them.
            .env("WINEDLLOVERRIDES", "mscoree=;mshtml=")
            .env("KAGIBAN_FILE_PASSPHRASE", PASSPHRASE)
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        let server = ["/usr/lib/wine/wineserver", "/usr/bin/wineserver"];
        if let Some(server) = server.map(Path::new).into_iter().find(|path| path.exists()) {
            let _ = self.command(server).arg("--kill").status();
        }
    }
}
