//! The AWS CLI as a user has it: only an endpoint URL and a key, in an empty home.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::workplace::{cli_binary, venv_binary};
use super::{Credentials, REGION, Server, Stopped, awscli};

/// How a client's process ended and what it printed.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Server {
    /// Runs `aws ARGUMENTS…` with these credentials.
    pub(crate) fn aws(&self, who: &Credentials, arguments: &[&str]) -> Output {
        let mut command = self.client(who, &venv_binary("aws"));
        awscli::run(command.args(arguments))
    }

    /// Runs `aws ARGUMENTS…`, asserts success and returns what it printed, as JSON.
    #[track_caller]
    pub(crate) fn aws_json(&self, who: &Credentials, arguments: &[&str]) -> Value {
        self.aws(who, &[arguments, &["--output", "json"]].concat()).json()
    }

    /// Runs `aws ARGUMENTS… --output text`, asserts success and returns the text without its last line feed.
    #[track_caller]
    pub(crate) fn aws_text(&self, who: &Credentials, arguments: &[&str]) -> String {
        self.aws(who, &[arguments, &["--output", "text"]].concat()).text()
    }

    /// Runs `kagiban ARGUMENTS…` with these credentials.
    pub(crate) fn kagiban(&self, who: &Credentials, arguments: &[&str]) -> Output {
        Output::of(self.client(who, &cli_binary()).args(arguments))
    }

    /// Returns a command whose environment is a fresh user's, pointed at this server.
    pub(crate) fn client(&self, who: &Credentials, program: &Path) -> Command {
        let mut command = client(who, program, &self.url(), &self.scratch("home"));
        command.envs(self.ca_bundle().map(|bundle| ("AWS_CA_BUNDLE", bundle)));
        command
    }
}

impl Stopped {
    /// Returns a command whose environment is a fresh user's, pointed at `url`.
    pub(crate) fn client(&self, who: &Credentials, program: &Path, url: &str) -> Command {
        client(who, program, url, &self.scratch("home"))
    }
}

fn client(who: &Credentials, program: &Path, url: &str, home: &Path) -> Command {
    let venv = venv_binary("aws")
        .parent()
        .expect("a program lies in a directory")
        .display()
        .to_string();
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", format!("{venv}:/usr/local/bin:/usr/bin:/bin"))
        .env("HOME", home)
        .env("LC_ALL", "C.UTF-8")
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_DEFAULT_REGION", REGION)
        .env("AWS_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", &who.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", &who.secret_access_key)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_PAGER", "")
        .stdin(Stdio::null());
    if let Some(token) = &who.session_token {
        command.env("AWS_SESSION_TOKEN", token);
    }
    command
}

impl Output {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command
            .output()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asserts success and returns standard output without its last line feed.
    #[track_caller]
    pub(crate) fn text(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout.trim_end_matches('\n').to_owned()
    }

    /// Asserts success and returns standard output as JSON; null when nothing was printed.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let text = self.text();
        if text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Asserts that the CLI failed, and returns the error it printed, trimmed.
    #[track_caller]
    pub(crate) fn error(&self) -> &str {
        assert_ne!(self.code, 0, "{self:?}");
        // Newer releases of the CLI put `aws: [ERROR]: ` in front.
        let text = self.stderr.trim();
        text.strip_prefix("aws: [ERROR]:").unwrap_or(text).trim()
    }
}
