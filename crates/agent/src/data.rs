//! The data directory: who this node is, and what its sessions and the agent tell each other.
//!
//! ```text
//! registration.json        who the node is, with its private key
//! credentials.json         the role's credentials, for the sessions' processes
//! agent.lock               held while an agent runs
//! sessions/ID/order.json   what was ordered
//! sessions/ID/worker.lock  held by the session's process, whose number is in it
//! sessions/ID/leader.json  who leads its programs, should it be killed
//! sessions/ID/result.json  how it ended, until the server knows
//! ```
//!
//! All of it is for the owner alone (0600 in a 0700 directory). A file is replaced as a whole, so that
//! a crash leaves the old one or the new one.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Longer files are not ours.
const MAX_BYTES: u64 = 1 << 20;

/// A data directory.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    root: PathBuf,
}

/// A lock that is held until this is dropped, or the process ends.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "it is held, not read")] File);

impl Data {
    /// The platform's: `/var/lib/kagiban-agent` for root, below the home directory for others.
    pub(crate) fn default_root() -> PathBuf {
        let home = std::env::home_dir().filter(|_| !rustix::process::geteuid().is_root());
        home.map_or_else(
            || PathBuf::from("/var/lib/kagiban-agent"),
            |home| home.join(".local/state/kagiban-agent"),
        )
    }

    /// Opens a directory, and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub(crate) fn open(root: &Path) -> Result<Data, Failure> {
        make_directory(&root.join("sessions"))?;
        let root = fs::canonicalize(root).map_err(Failure::file(root))?;
        Ok(Data { root })
    }

    /// Where it is.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A file of it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The directory of a session.
    ///
    /// # Errors
    ///
    /// If the id could leave the directory or is no session's.
    pub(crate) fn session(&self, id: &str) -> Result<Data, Failure> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=+@,".contains(&byte);
        if matches!(id, "" | "." | "..") || id.len() > 96 || !id.bytes().all(legal) {
            return Err(Failure::Data("that is no session's id".to_owned()));
        }
        Ok(Data {
            root: self.root.join("sessions").join(id),
        })
    }

    /// The ids of the sessions that were not forgotten.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read.
    pub(crate) fn session_ids(&self) -> Result<Vec<String>, Failure> {
        let path = self.path("sessions");
        let entries = fs::read_dir(&path).map_err(Failure::file(&path))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(names.filter(|name| self.session(name).is_ok()).collect())
    }

    /// Makes the directory itself, for its owner alone.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub(crate) fn make(&self) -> Result<(), Failure> {
        make_directory(&self.root)
    }

    /// Removes the directory with all that is in it.
    ///
    /// # Errors
    ///
    /// If something stays.
    pub(crate) fn remove(&self) -> Result<(), Failure> {
        match fs::remove_dir_all(&self.root) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::file(&self.root)(error)),
            _ => Ok(()),
        }
    }

    /// Reads a JSON file; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// If it cannot be read or makes no sense.
    pub(crate) fn load<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Failure> {
        let path = self.path(name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::file(&path)(error)),
        };
        let mut text = Zeroizing::new(Vec::with_capacity(16 << 10));
        let mut limited = io::Read::take(file, MAX_BYTES);
        io::Read::read_to_end(&mut limited, &mut text).map_err(Failure::file(&path))?;
        // The parser's own words might quote a secret.
        let parsed = serde_json::from_slice(&text).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            Failure::Data(format!("{} makes no sense ({place})", path.display()))
        })?;
        Ok(Some(parsed))
    }

    /// Writes a JSON file, in place of the one that may be there.
    ///
    /// # Errors
    ///
    /// If it cannot be written; then the old one is still there.
    pub(crate) fn save(&self, name: &str, value: &impl Serialize) -> Result<(), Failure> {
        let mut text = Zeroizing::new(Vec::with_capacity(16 << 10));
        serde_json::to_writer(&mut *text, value).map_err(|error| Failure::Data(error.to_string()))?;
        let (path, new) = (self.path(name), self.path(&format!("{name}.new")));
        let write = || {
            let _stale = fs::remove_file(&new);
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&new)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(&self.root)?.sync_all()
        };
        write().map_err(Failure::file(&path))
    }

    /// Takes a lock and writes this process's number into its file; `None` if somebody else has it.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened.
    pub(crate) fn lock(&self, name: &str) -> Result<Option<Lock>, Failure> {
        let path = self.path(name);
        let mut options = OpenOptions::new();
        let opened = options
            .create(true)
            .truncate(false)
            .write(true)
            .read(true)
            .mode(0o600)
            .open(&path);
        let mut file = opened.map_err(Failure::file(&path))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Ok(None);
        }
        let write = file
            .set_len(0)
            .and_then(|()| write!(file, "{}", std::process::id()));
        write.map_err(Failure::file(&path))?;
        Ok(Some(Lock(file)))
    }

    /// The number of the process that holds a lock; `None` if nobody does.
    pub(crate) fn holder(&self, name: &str) -> Option<i32> {
        let file = File::open(self.path(name)).ok()?;
        if flock(&file, FlockOperation::NonBlockingLockShared).is_ok() {
            return None;
        }
        io::read_to_string(file).ok()?.trim().parse().ok()
    }
}

fn make_directory(path: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(Failure::file(path))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn data() -> (tempfile::TempDir, Data) {
        let directory = tempfile::tempdir().unwrap();
        let data = Data::open(&directory.path().join("data")).unwrap();
        (directory, data)
    }

    #[test]
    fn files_are_for_their_owner_and_replaced_as_a_whole() {
        let (_directory, data) = data();
        assert_eq!(data.load::<String>("x.json").unwrap(), None);
        fs::write(data.path("x.json.new"), "half a").unwrap();
        for text in ["one", "two"] {
            data.save("x.json", &text).unwrap();
            assert_eq!(data.load::<String>("x.json").unwrap().as_deref(), Some(text));
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&data.path("x.json")), mode(data.root())), (0o600, 0o700));
        assert!(!data.path("x.json.new").exists());
    }

    #[test]
    fn a_broken_file_is_told_without_its_content() {
        let (_directory, data) = data();
        fs::write(data.path("x.json"), "hunter2").unwrap();
        let error = data.load::<u32>("x.json").unwrap_err().to_string();
        assert!(error.contains("x.json") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_lock_has_one_holder() {
        let (_directory, data) = data();
        assert_eq!(data.holder("agent.lock"), None);
        let lock = data.lock("agent.lock").unwrap().unwrap();
        assert!(data.lock("agent.lock").unwrap().is_none());
        assert_eq!(data.holder("agent.lock"), i32::try_from(std::process::id()).ok());
        drop(lock);
        assert_eq!(data.holder("agent.lock"), None);
        assert!(data.lock("agent.lock").unwrap().is_some());
    }

    #[test]
    fn a_sessions_id_stays_in_the_directory() {
        let (_directory, data) = data();
        for id in ["", ".", "..", "../x", "a/b", "a\0", &"a".repeat(97)] {
            assert!(data.session(id).is_err(), "{id:?}");
        }
        assert!(data.session(".alice-0123456789abcdef0").is_ok()); // a user's name may begin like this
        let session = data.session("alice-0123456789abcdef0").unwrap();
        session.make().unwrap();
        assert_eq!(data.session_ids().unwrap(), ["alice-0123456789abcdef0"]);
        session.remove().unwrap();
        session.remove().unwrap();
        assert!(data.session_ids().unwrap().is_empty());
    }
}
