//! The kernel's keyring of a user: memory that no file shows, gone with the machine's power.
//!
//! Right for sessions, which end by themselves, and wrong for keys, which must last. An item carries
//! its own time limit, so that the kernel forgets it even if this program never runs again.

use std::time::SystemTime;

use kagiban_aws::{SecretBytes, Timestamp};
use linux_keyutils::{Key, KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission};
use zeroize::Zeroizing;

use super::Store;
use crate::failure::Failure;

/// A user's keyring, as far as it is this program's.
pub(crate) struct KernelStore {
    ring: KeyRing,
    /// Before each name.
    prefix: String,
}

/// More items than the kernel's quota has room for.
const MAX_ITEMS: usize = 4096;

/// Few items are longer.
const USUAL_BYTES: usize = 4096;

impl KernelStore {
    /// Opens the keyring; `space` keeps homes apart that one user has.
    ///
    /// # Errors
    ///
    /// In words, if there is none, as in many containers.
    pub(crate) fn open(space: &str) -> Result<KernelStore, String> {
        let ring =
            KeyRing::from_special_id(KeyRingIdentifier::User, true).map_err(|error| describe(&error))?;
        let store = KernelStore {
            ring,
            prefix: format!("kagiban:{space}:"),
        };
        // Nothing is kept without a name: what is asked is whether one may ask.
        store.find("").map_err(|error| describe(&error))?;
        Ok(store)
    }

    /// The names of all items; those that have just ended are passed over.
    fn items(&self) -> Result<Vec<String>, KeyError> {
        let links = self.ring.get_links(MAX_ITEMS)?;
        let keys = links.iter().filter_map(linux_keyutils::LinkNode::as_key);
        let named = keys.filter_map(|key| {
            let metadata = key.metadata().ok()?;
            let name = metadata.get_description().strip_prefix(&self.prefix)?;
            Some(name.to_owned())
        });
        Ok(named.collect())
    }

    fn find(&self, name: &str) -> Result<Option<Key>, KeyError> {
        unless_gone(self.ring.search(&self.described(name)))
    }

    /// What an item is called among those of other programs.
    fn described(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

impl Store for KernelStore {
    fn describe(&self) -> String {
        "the kernel's keyring".to_owned()
    }

    fn names(&self) -> Result<Vec<String>, Failure> {
        let mut names = self.items().map_err(|error| failure(&error))?;
        names.sort();
        Ok(names)
    }

    fn get(&self, name: &str) -> Result<Option<SecretBytes>, Failure> {
        let Some(key) = self.find(name).map_err(|error| failure(&error))? else {
            return Ok(None);
        };
        unless_gone(read(key)).map_err(|error| failure(&error))
    }

    fn put(&self, name: &str, value: &SecretBytes, expires: Option<Timestamp>) -> Result<(), Failure> {
        let description = self.described(name);
        let put = || {
            let key = self.ring.add_key(&description, value.expose())?;
            // All processes of the user, not only those of this login.
            let all = || Permission::ALL;
            key.set_perms(
                KeyPermissionsBuilder::builder()
                    .posessor(all())
                    .user(all())
                    .build(),
            )?;
            if let Some(expires) = expires {
                let left = expires.seconds() - Timestamp::from(SystemTime::now()).seconds();
                key.set_timeout(usize::try_from(left.max(1)).unwrap_or(usize::MAX))?;
            }
            Ok(())
        };
        put().map_err(|error| failure(&error))
    }

    fn remove(&self, name: &str) -> Result<bool, Failure> {
        let Some(key) = self.find(name).map_err(|error| failure(&error))? else {
            return Ok(false);
        };
        self.ring.unlink_key(key).map_err(|error| failure(&error))?;
        Ok(true)
    }
}

/// What an item holds, in memory that is wiped wherever it was.
fn read(key: Key) -> Result<SecretBytes, KeyError> {
    let mut length = USUAL_BYTES;
    loop {
        let mut bytes = Zeroizing::new(vec![0; length]);
        length = key.read(&mut *bytes)?;
        if length <= bytes.len() {
            bytes.truncate(length);
            return Ok(std::mem::take(&mut *bytes).into());
        }
    }
}

/// An item that has ended is none.
fn unless_gone<T>(found: Result<T, KeyError>) -> Result<Option<T>, KeyError> {
    use KeyError::{KeyDoesNotExist, KeyExpired, KeyRevoked};

    match found {
        Ok(found) => Ok(Some(found)),
        Err(KeyDoesNotExist | KeyExpired | KeyRevoked) => Ok(None),
        Err(error) => Err(error),
    }
}

fn failure(error: &KeyError) -> Failure {
    Failure::Setting(format!(
        "the kernel's keyring cannot be used: {}",
        describe(error)
    ))
}

fn describe(error: &KeyError) -> String {
    match error {
        KeyError::QuotaExceeded => "the user's quota is used up (/proc/sys/kernel/keys)".to_owned(),
        KeyError::OperationNotSupported => "this kernel has none".to_owned(),
        KeyError::AccessDenied | KeyError::PermissionDenied => {
            "it is forbidden here, as in most containers".to_owned()
        }
        other => format!("{other:?}"),
    }
}
