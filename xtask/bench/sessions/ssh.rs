//! `ssh -L` to an sshd of our own: what a tunnel is without us.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::host::Process;
use crate::subject::Yard;

/// A daemon and a client with one forwarded port; both end when this is dropped.
pub(super) struct Ssh {
    pub(super) entrance: SocketAddr,
    _client: Process,
    _daemon: Process,
}

impl Ssh {
    /// Starts both.
    ///
    /// # Errors
    ///
    /// There is no OpenSSH here, or it does not start.
    pub(super) fn start(yard: &Yard, target: SocketAddr) -> Result<Ssh> {
        yard.clear("ssh")?;
        let home = fs::canonicalize(yard.home("ssh"))?;
        let (daemon, entrance) = (Process::free_address()?, Process::free_address()?);
        make_key(&home.join("host-key"))?;
        make_key(&home.join("user-key"))?;
        fs::copy(home.join("user-key.pub"), home.join("authorized-keys"))?;
        fs::write(home.join("sshd.conf"), configuration(&home, daemon))?;
        // Started by root, sshd drops privileges into this directory, which the system's own service makes.
        let _there_already = fs::create_dir("/run/sshd");
        let mut serve = Command::new(tool("sshd")?);
        let serve = serve.args(["-D", "-e", "-f"]).arg(home.join("sshd.conf"));
        let mut running = yard.program("sshd", serve)?;
        running.listening(daemon)?;
        let mut forward = Command::new(tool("ssh")?);
        forward
            .args([
                "-F",
                "none",
                "-N",
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=no",
            ])
            .arg("-i")
            .arg(home.join("user-key"))
            .arg("-o")
            .arg(format!(
                "UserKnownHostsFile={}",
                home.join("known-hosts").display()
            ))
            .args(["-L", &format!("{entrance}:{target}")])
            .args(["-p", &daemon.port().to_string(), "127.0.0.1"]);
        let mut client = yard.program("ssh", &mut forward)?;
        client.listening(entrance)?;
        Ok(Ssh {
            entrance,
            _client: client,
            _daemon: running,
        })
    }
}

fn configuration(home: &Path, listen: SocketAddr) -> String {
    let home = home.display();
    format!(
        "ListenAddress {listen}\n\
         HostKey {home}/host-key\n\
         AuthorizedKeysFile {home}/authorized-keys\n\
         PidFile none\n\
         UsePAM no\n\
         StrictModes no\n\
         PasswordAuthentication no\n\
         KbdInteractiveAuthentication no\n\
         PermitRootLogin prohibit-password\n"
    )
}

fn make_key(path: &Path) -> Result<()> {
    let mut make = Command::new(tool("ssh-keygen")?);
    let make = make.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path);
    ensure!(make.status()?.success(), "no key was made");
    Ok(())
}

/// A program of the system; sshd wants to be started by its whole path.
fn tool(name: &str) -> Result<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/usr/bin:/bin";
    let mut found = path.split(':').map(|directory| Path::new(directory).join(name));
    let found = found.find(|file| file.is_file());
    found.with_context(|| format!("`{name}` is not here; `cargo xtask test` installs what is missing"))
}
