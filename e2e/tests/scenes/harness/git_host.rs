//! A real sshd with a git repository behind it.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{Output, tool};

/// A real sshd on a high port, with host key, configuration and repository in one directory.
pub(crate) struct GitHost {
    directory: PathBuf,
    pub(crate) port: u16,
    daemon: Child,
}

impl GitHost {
    pub(crate) fn start(directory: &Path) -> Self {
        make_repository(directory, "cloned over ssh\n");
        make_key(&directory.join("host-key"));
        fs::write(directory.join("authorized-keys"), "").unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        fs::write(directory.join("sshd.conf"), configuration(directory, port)).unwrap();
        let daemon = start_daemon(directory);
        let host = Self {
            directory: directory.to_owned(),
            port,
            daemon,
        };
        host.wait_until_it_listens();
        host
    }

    /// Lets in whoever has this key, and nobody else.
    pub(crate) fn authorize(&self, public: &str) {
        fs::write(self.directory.join("authorized-keys"), public).unwrap();
    }

    /// Makes a key pair, lets it in and returns the private key; its file is gone afterwards.
    pub(crate) fn authorize_new_key(&self) -> String {
        let path = self.directory.join("user-key");
        make_key(&path);
        fs::rename(path.with_extension("pub"), self.directory.join("authorized-keys")).unwrap();
        let key = fs::read_to_string(&path).unwrap();
        fs::remove_file(path).unwrap();
        key
    }

    pub(crate) fn url(&self) -> String {
        let user = Output::of(Command::new("id").arg("-un")).text();
        format!(
            "ssh://{user}@127.0.0.1:{}{}",
            self.port,
            self.directory.join("repository").display()
        )
    }

    /// Returns an ssh that knows this host and takes keys from the agent only.
    pub(crate) fn ssh_command(&self) -> String {
        let public = fs::read_to_string(self.directory.join("host-key.pub")).unwrap();
        let known = self.directory.join("known-hosts");
        fs::write(&known, format!("[127.0.0.1]:{} {public}", self.port)).unwrap();
        format!(
            "ssh -F none -o IdentityFile=none -o BatchMode=yes -o UserKnownHostsFile={}",
            known.display()
        )
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.join("sshd.log")).unwrap_or_default()
    }

    fn wait_until_it_listens(&self) {
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "sshd does not listen\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for GitHost {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn configuration(directory: &Path, port: u16) -> String {
    let directory = directory.display();
    format!(
        "Port {port}\n\
         ListenAddress 127.0.0.1\n\
         HostKey {directory}/host-key\n\
         AuthorizedKeysFile {directory}/authorized-keys\n\
         PidFile none\n\
         UsePAM no\n\
         StrictModes no\n\
         Subsystem sftp internal-sftp\n\
         PasswordAuthentication no\n\
         KbdInteractiveAuthentication no\n\
         PermitRootLogin prohibit-password\n"
    )
}

fn start_daemon(directory: &Path) -> Child {
    // Started by root, sshd drops privileges into this directory, which the system's own service makes at boot.
    let _ = fs::create_dir("/run/sshd");
    Command::new(tool("sshd"))
        .arg("-D")
        .arg("-f")
        .arg(directory.join("sshd.conf"))
        .arg("-E")
        .arg(directory.join("sshd.log"))
        .stdin(Stdio::null())
        .spawn()
        .unwrap()
}

/// Makes a repository of one file, which says this.
pub(super) fn make_repository(directory: &Path, text: &str) {
    let repository = directory.join("repository");
    fs::create_dir_all(&repository).unwrap();
    fs::write(repository.join("README"), text).unwrap();
    let author = ["-c", "user.name=e2e", "-c", "user.email=e2e@example.com"];
    let git = |arguments: &[&str]| {
        Output::of(Command::new("git").arg("-C").arg(&repository).args(arguments)).text()
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "README"]);
    git(&[&author[..], &["commit", "--quiet", "-m", "the only one"]].concat());
}

fn make_key(path: &Path) {
    let arguments = ["-q", "-t", "ed25519", "-N", "", "-C", "e2e", "-f"];
    Output::of(Command::new(tool("ssh-keygen")).args(arguments).arg(path)).text();
}
