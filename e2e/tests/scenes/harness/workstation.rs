//! A person's machine: a home of its own, `kagiban` in it, and no credentials in the environment.

use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_ssm::primitives::{DateTime, DateTimeFormat};
use serde_json::Value;
use tempfile::TempDir;

use super::{Credentials, Output, REGION, cli_binary, clients_directory, venv_binary};

/// A home, removed with the sessions that were kept for it.
pub(crate) struct Workstation {
    home: TempDir,
}

/// What opens the file store.
pub(crate) const PASSPHRASE: &str = "canary-passphrase";

impl Workstation {
    /// A home with this config file.
    pub(crate) fn new(config: &str) -> Workstation {
        let home = TempDir::new().unwrap();
        fs::create_dir_all(home.path().join(".aws")).unwrap();
        fs::create_dir_all(home.path().join("run")).unwrap();
        let workstation = Workstation { home };
        workstation.write_config(config);
        workstation
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn config_file(&self) -> PathBuf {
        self.home().join(".aws/config")
    }

    pub(crate) fn write_config(&self, text: &str) {
        fs::write(self.config_file(), text).unwrap();
    }

    /// Where programs are looked for: AWS's CLI and `kagiban` are among them.
    #[expect(clippy::unused_self, reason = "it is this machine's")]
    pub(crate) fn path(&self) -> String {
        let venv = venv_binary("aws").parent().unwrap().display().to_string();
        let own = cli_binary().parent().unwrap().display().to_string();
        format!("{venv}:{own}:/usr/local/bin:/usr/bin:/bin")
    }

    /// A command with this home, away from any terminal.
    pub(crate) fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", self.path())
            .env("HOME", self.home())
            .env("XDG_RUNTIME_DIR", self.home().join("run"))
            .env("LC_ALL", "C.UTF-8")
            .env("SHELL", "/bin/sh")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_PAGER", "")
            .env("KAGIBAN_FILE_PASSPHRASE", PASSPHRASE)
            .stdin(Stdio::null());
        command
    }

    /// `kagiban ARGUMENTS…`, without a terminal even if the tests have one.
    pub(crate) fn kagiban(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(Path::new("/usr/bin/setsid"), &["--wait"]);
        command.arg(cli_binary()).args(arguments);
        command
    }

    /// Runs `kagiban ARGUMENTS…`.
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

    /// `kagiban ARGUMENTS…` on a terminal, where each question gets its answer.
    pub(crate) fn on_a_terminal(&self, answers: &Value, arguments: &[&str]) -> Command {
        let program = clients_directory().join("terminal.py").display().to_string();
        let (answers, own) = (answers.to_string(), cli_binary().display().to_string());
        let words = [&[program.as_str(), &answers, &own], arguments].concat();
        let mut command = self.command(&venv_binary("python"), &words);
        command.env("TERM", "xterm").process_group(0);
        command
    }

    /// Runs it so.
    pub(crate) fn typed(&self, answers: &Value, arguments: &[&str]) -> Output {
        Output::of(&mut self.on_a_terminal(answers, arguments))
    }

    /// Stores a key for a profile by two lines of standard input.
    pub(crate) fn add(&self, profile: &str, who: &Credentials) {
        let input = format!("{}\n{}\n", who.access_key_id, who.secret_access_key);
        self.piped(&input, &["add", profile]).text();
    }
}

impl Drop for Workstation {
    fn drop(&mut self) {
        let _ = self.kagiban(&["clear"]).output();
    }
}

/// A section of a config file for profiles at a server.
pub(crate) fn profile_at(url: &str, name: &str, settings: &str) -> String {
    format!("[profile {name}]\nregion = {REGION}\nendpoint_url = {url}\n{settings}\n")
}

/// The moment so many seconds from now, as `2026-01-31T09:08:07Z`.
pub(crate) fn iso(seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let moment = DateTime::from_secs(i64::try_from(now.as_secs()).unwrap() + seconds);
    moment.fmt(DateTimeFormat::DateTime).unwrap()
}
