//! The agent's program, in a directory of its own.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use crate::server::Server;

/// When it is dropped, its sessions find their directories gone, and end.
pub(crate) struct Agent {
    directory: TempDir,
    process: Option<Child>,
}

impl Agent {
    /// Registers at a server.
    pub(crate) async fn register(server: &Server) -> Agent {
        let agent = Agent {
            directory: tempfile::tempdir().unwrap(),
            process: None,
        };
        let output = agent.try_register(server, &[]).await;
        assert!(output.status.success(), "{output:?}");
        agent
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join("data").join(name)
    }

    pub(crate) async fn try_register(&self, server: &Server, more: &[&str]) -> Output {
        let id = "11111111-2222-3333-4444-555555555555";
        let url = server.url();
        let mut arguments = vec![
            "register",
            "--endpoint",
            &url,
            "--region",
            "eu-west-1",
            "--activation-id",
            id,
        ];
        arguments.extend_from_slice(more);
        let mut child = self.command(&arguments).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let _it_may_not_get_that_far = stdin.write_all(b"hunter2-hunter2-hunter2\n").await;
        drop(stdin);
        child.wait_with_output().await.unwrap()
    }

    pub(crate) async fn ended(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().await.unwrap()
    }

    /// Starts `run`; sessions that do not say run as `nobody`.
    pub(crate) fn start(&mut self) {
        let mut command = self.command(&["run", "--default-user", "nobody"]);
        // Into a file: sessions outlive the test that waits for the end of a pipe.
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.directory.path().join("log"));
        let child = command
            .stdout(Stdio::null())
            .stderr(log.unwrap())
            .kill_on_drop(true)
            .spawn();
        self.process = Some(child.unwrap());
    }

    /// As a crash does.
    pub(crate) async fn kill(&mut self) {
        self.process.take().unwrap().kill().await.unwrap();
    }

    /// As an operator does; returns whether it went well.
    pub(crate) async fn stop(&mut self) -> bool {
        let mut process = self.process.take().unwrap();
        let id = rustix::process::Pid::from_raw(process.id().unwrap().cast_signed()).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        process.wait().await.unwrap().success()
    }

    /// What it has said so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kagiban-agent"));
        let path = std::env::var_os("PATH").unwrap();
        command.env_clear().env("PATH", path).args(arguments);
        command.arg("--data").arg(self.directory.path().join("data"));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the agent said:\n{}", self.log());
        }
    }
}
