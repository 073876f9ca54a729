//! The servers under load: ours and the limits, each a process with its own directory.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio_rustls::TlsConnector;

use crate::client::{Address, trusting};
use crate::host::{Certificate, Cpus, Process, Usage};
use crate::identity::{ACCOUNT, Identity, REGION};
use crate::limit::Kind;

/// Where servers come from and where they live.
#[derive(Clone)]
pub(crate) struct Yard {
    directory: PathBuf,
    server: PathBuf,
    cpus: Cpus,
    certificate: Certificate,
    connector: TlsConnector,
}

/// A server that answers.
pub(crate) struct Subject {
    pub(crate) address: Address,
    /// From the start of its process to its first answer.
    pub(crate) started_in: Duration,
    process: Process,
}

impl Subject {
    pub(crate) fn usage(&self) -> Usage {
        self.process.usage()
    }
}

impl Yard {
    /// `directory` must lie on a disk: what is durable in memory costs nothing.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn new(directory: &Path, server: &Path, cpus: Cpus) -> Result<Yard> {
        fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
        let certificate = Certificate::make(directory)?;
        Ok(Yard {
            directory: directory.to_owned(),
            server: server.to_owned(),
            cpus,
            connector: trusting(&certificate.certificate)?,
            certificate,
        })
    }

    /// The same yard, whose servers have all processors that the bench has.
    pub(crate) fn shared(&self) -> Yard {
        Yard {
            cpus: self.cpus.shared(),
            ..self.clone()
        }
    }

    /// Which processor is whose here.
    pub(crate) fn cpus(&self) -> Cpus {
        self.cpus
    }

    /// Where everything of this name lies.
    pub(crate) fn home(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The certificate of servers with TLS.
    pub(crate) fn certificate(&self) -> &Path {
        &self.certificate.certificate
    }

    /// Where the server of this name keeps its data.
    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.directory.join(name).join("data")
    }

    /// The file with its key.
    pub(crate) fn key(&self, name: &str) -> PathBuf {
        self.directory.join(name).join("seal.key")
    }

    /// Our server, on an empty store.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub(crate) async fn kagiban(&self, name: &str, tls: bool) -> Result<Subject> {
        self.clear(name)?;
        self.kagiban_again(name, tls).await
    }

    /// Our server, on the store that an earlier one of this name has left.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub(crate) async fn kagiban_again(&self, name: &str, tls: bool) -> Result<Subject> {
        self.kagiban_at(Process::free_address()?, name, tls, &[]).await
    }

    /// The same at an address that is known, with further arguments.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub(crate) async fn kagiban_at(
        &self,
        socket: SocketAddr,
        name: &str,
        tls: bool,
        more: &[&str],
    ) -> Result<Subject> {
        let root = Identity::root();
        let mut command = Command::new(&self.server);
        command
            .args(["serve", "--account", ACCOUNT, "--region", REGION, "--data"])
            .arg(self.data(name))
            .arg("--seal")
            .arg(format!("keyfile:{}", self.key(name).display()))
            .args(more)
            .env("KAGIBAN_ROOT_ACCESS_KEY_ID", root.access_key_id)
            .env("KAGIBAN_ROOT_SECRET_ACCESS_KEY", root.secret);
        self.start(name, command, socket, tls).await
    }

    /// A reference server.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub(crate) async fn limit(&self, name: &str, kind: Kind, tls: bool) -> Result<Subject> {
        self.clear(name)?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["limit", "--kind", kind.name(), "--data"])
            .arg(self.directory.join(name).join("data"));
        self.start(name, command, Process::free_address()?, tls).await
    }

    /// Another program, on the servers' processors; what it says goes to a file of this name.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub(crate) fn program(&self, name: &str, command: &mut Command) -> Result<Process> {
        let home = self.home(name);
        fs::create_dir_all(&home)?;
        Process::start(command, self.cpus, &home.join("log"))
    }

    /// Makes an empty home of this name.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub(crate) fn clear(&self, name: &str) -> Result<()> {
        let home = self.directory.join(name);
        if home.exists() {
            fs::remove_dir_all(&home)?;
        }
        fs::create_dir_all(home.join("data"))?;
        Ok(())
    }

    async fn start(
        &self,
        name: &str,
        mut command: Command,
        socket: SocketAddr,
        tls: bool,
    ) -> Result<Subject> {
        let address = Address {
            socket,
            tls: tls.then(|| self.connector.clone()),
        };
        command.arg("--listen").arg(address.socket.to_string());
        if tls {
            command.arg("--tls-cert").arg(&self.certificate.certificate);
            command.arg("--tls-key").arg(&self.certificate.key);
        }
        let log = self.directory.join(name).join("log");
        let mut process = Process::start(&mut command, self.cpus, &log)?;
        Ok(Subject {
            started_in: process.healthy(&address).await?,
            address,
            process,
        })
    }
}
