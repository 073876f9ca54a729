use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::{Cpus, Usage};
use crate::client::{Address, Connection};

const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks whether a server is up.
const LOOK: Duration = Duration::from_millis(1);

/// A server's process; it ends when this is dropped.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
    started: Instant,
}

impl Process {
    /// Starts a program on the servers' processor; what it says goes to `log`.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub(crate) fn start(command: &mut Command, cpus: Cpus, log: &Path) -> Result<Process> {
        let file = File::options().create(true).append(true).open(log)?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let started = Instant::now();
        let child = cpus
            .start_server(command)
            .with_context(|| format!("`{}` cannot be started", command.get_program().display()))?;
        Ok(Process {
            child,
            log: log.to_owned(),
            started,
        })
    }

    /// Waits for the first 200 on `/healthz`, and returns how long after its start that was.
    ///
    /// # Errors
    ///
    /// The process ends instead, or takes longer than a minute.
    pub(crate) async fn healthy(&mut self, address: &Address) -> Result<Duration> {
        while self.started.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                bail!("a server ended with {status}; see {}", self.log.display());
            }
            if let Ok(mut connection) = Connection::open(address).await
                && connection.is_healthy().await.unwrap_or(false)
            {
                return Ok(self.started.elapsed());
            }
            tokio::time::sleep(LOOK).await;
        }
        bail!(
            "a server did not answer within {} s; see {}",
            PATIENCE.as_secs(),
            self.log.display()
        )
    }

    /// Waits until something listens there.
    ///
    /// # Errors
    ///
    /// The process ends instead, or takes longer than a minute.
    pub(crate) fn listening(&mut self, address: SocketAddr) -> Result<()> {
        while self.started.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                bail!("a program ended with {status}; see {}", self.log.display());
            }
            if TcpStream::connect(address).is_ok() {
                return Ok(());
            }
            thread::sleep(LOOK);
        }
        bail!("nobody listens at {address}; see {}", self.log.display())
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage::of(self.child.id())
    }

    /// An address of this machine that nobody listens on, for a server to come.
    ///
    /// # Errors
    ///
    /// All ports are taken.
    pub(crate) fn free_address() -> Result<SocketAddr> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok(socket.local_addr()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(10) {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
