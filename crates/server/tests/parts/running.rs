//! The real binary, running: started on a port of its own, stopped by a signal.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A directory for a server's data and everything else it is given.
pub(crate) struct Home(pub(crate) TempDir);

impl Home {
    pub(crate) fn new() -> Home {
        Home(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kagiban-server"));
        command
            .args(arguments)
            .args(["--data", self.path("data").to_str().unwrap()])
            .args(["--seal", &format!("keyfile:{}", self.path("seal.key").display())])
            .env_clear()
            .env("HOME", self.0.path())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        Running::spawn(self.command(&arguments), self.path("log"))
    }

    /// Looks at the stopped server's data: whether all is well, and what was said.
    pub(crate) fn doctor(&self) -> (bool, String) {
        let Output { status, stdout, .. } = self.command(&["doctor"]).output().unwrap();
        (status.success(), String::from_utf8(stdout).unwrap())
    }
}

/// A server's process; killed when dropped.
pub(crate) struct Running {
    pub(crate) process: Child,
    pub(crate) address: SocketAddr,
    log: PathBuf,
}

impl Running {
    pub(crate) fn spawn(mut command: Command, log: PathBuf) -> Running {
        let process = command.stderr(File::create(&log).unwrap()).spawn().unwrap();
        let mut running = Running {
            process,
            address: ([127, 0, 0, 1], 0).into(),
            log,
        };
        let line = running.logged("serving address=");
        running.address = line.rsplit_once("address=").unwrap().1.trim().parse().unwrap();
        running
    }

    /// Waits for a line of the log.
    pub(crate) fn logged(&self, words: &str) -> String {
        let began = Instant::now();
        loop {
            let log = fs::read_to_string(&self.log).unwrap();
            let lines = log.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            if let Some(line) = lines.into_iter().find(|line| line.contains(words)) {
                return line.to_owned();
            }
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "no `{words}` in\n{log}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn proc(&self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.process.id().to_string()).join(name)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    pub(crate) fn stop(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.process.wait().unwrap()
    }

    /// A request that nobody signed: refused, and audited.
    pub(crate) fn ask_unsigned(&self) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream
            .write_all(
                b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\
                  content-type: application/x-amz-json-1.1\r\nx-amz-target: AmazonSSM.GetParameter\r\n\r\n{}",
            )
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill(); // it may have been stopped
        let _ = self.process.wait();
    }
}
