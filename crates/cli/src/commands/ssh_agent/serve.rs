//! The agent's socket: in a directory that only this user can enter, for as long as the agent lives.

use std::fs::{self, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tempfile::TempDir;
use tokio::net::UnixListener;

use super::key::Key;
use super::protocol::{self, MAX_REQUEST, Request};
use crate::failure::Failure;
use crate::output;
use crate::prompt;
use crate::style::safe;

/// An agent at work. Dropped, it has no keys any more, and its socket is gone.
pub(super) struct Agent {
    keys: Arc<Keys>,
    socket: PathBuf,
    /// Removed last.
    _directory: TempDir,
}

struct Keys {
    /// Locked while a key signs: clients wait for each other, and questions come one by one.
    keys: Mutex<Vec<Key>>,
    confirm: bool,
}

impl Agent {
    /// Opens the socket and answers whoever connects, if it is this user.
    ///
    /// # Errors
    ///
    /// If there is no place for the socket.
    pub(super) fn start(keys: Vec<Key>, confirm: bool) -> Result<Agent, Failure> {
        let place = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let place = place
            .filter(|place| place.is_dir())
            .unwrap_or_else(std::env::temp_dir);
        let directory = tempfile::Builder::new()
            .prefix("kagiban-ssh-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(place)?;
        let socket = directory.path().join("agent");
        let keys = Arc::new(Keys {
            keys: Mutex::new(keys),
            confirm,
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            UnixListener::bind(&socket)?
        };
        fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
        let served = Arc::clone(&keys);
        thread::spawn(move || runtime.block_on(accept(&listener, &served)));
        Ok(Agent {
            keys,
            socket,
            _directory: directory,
        })
    }

    /// Where clients find it.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // Somebody may be asked just now; the process ends in any case, and its memory with it.
        if let Ok(mut keys) = self.keys.keys.try_lock() {
            keys.clear();
        }
    }
}

async fn accept(listener: &UnixListener, keys: &Arc<Keys>) {
    let user = rustix::process::geteuid().as_raw();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, most likely: some will be free again.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        // Root could read our memory as well.
        let is_ours = |peer: u32| peer == user || peer == 0;
        if !stream.peer_cred().is_ok_and(|peer| is_ours(peer.uid())) {
            continue;
        }
        if let Ok(stream) = stream.into_std()
            && stream.set_nonblocking(false).is_ok()
        {
            let keys = Arc::clone(keys);
            thread::spawn(move || converse(stream, &keys));
        }
    }
}

/// Answers a client until it leaves, or says what no client says.
fn converse(mut stream: UnixStream, keys: &Keys) {
    while let Ok(message) = receive(&mut stream) {
        let mut answer = Vec::new();
        protocol::string(&mut answer, &keys.answer(&message));
        if stream.write_all(&answer).is_err() {
            return;
        }
    }
}

fn receive(stream: &mut UnixStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > MAX_REQUEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message)?;
    Ok(message)
}

impl Keys {
    fn answer(&self, message: &[u8]) -> Vec<u8> {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        match Request::parse(message) {
            Request::Identities => protocol::identities(keys.iter().map(|key| (key.blob(), key.name()))),
            Request::Sign { key, data, flags } => {
                let key = keys.iter().find(|own| own.blob() == key);
                match key.map(|key| self.sign(key, data, flags)) {
                    Some(Ok(signature)) => protocol::signature(&signature),
                    Some(Err(failure)) => {
                        output::remark(&format!("nothing is signed: {failure}"));
                        protocol::failure()
                    }
                    None => protocol::failure(),
                }
            }
            Request::Other => protocol::failure(),
        }
    }

    fn sign(&self, key: &Key, data: &[u8], flags: u32) -> Result<Vec<u8>, Failure> {
        if self.confirm {
            let question = format!("Sign with {} ({})? [y/N] ", safe(key.name()), key.fingerprint());
            let answer = prompt::line_on_terminal(&question)?;
            if !matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
                return Err(Failure::Declined);
            }
        }
        key.sign(data, flags)
    }
}
