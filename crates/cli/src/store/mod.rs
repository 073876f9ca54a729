//! Where keys and sessions are kept, none of it in clear.
//!
//! Two stores are open at a time: one for keys, which must last, and one for sessions, which is the
//! kernel's memory where there is one, so that a cached session is at hand without a passphrase.

mod choice;
#[cfg(target_os = "linux")]
mod desktop;
mod file;
#[cfg(target_os = "linux")]
mod kernel;
#[cfg(target_os = "macos")]
mod keychain;
#[cfg(any(windows, test))]
mod pieces;
mod sealed;
#[cfg(unix)]
mod unlocked;
#[cfg(not(unix))]
#[path = "locked.rs"]
mod unlocked;
#[cfg(windows)]
mod wincred;

use kagiban_aws::{SecretBytes, Timestamp};

pub(crate) use choice::{Backend, Settings, choose, file, for_sessions, open, withhold};

use crate::failure::Failure;

/// Items by name, whose values are secret and whose names are not.
pub(crate) trait Store: Send {
    /// In words, such as `the kernel's keyring`.
    fn describe(&self) -> String;

    /// All names.
    fn names(&self) -> Result<Vec<String>, Failure>;

    /// An item's value; `None` if there is no such item.
    fn get(&self, name: &str) -> Result<Option<SecretBytes>, Failure>;

    /// Adds or replaces an item, which may be forgotten once it has expired.
    fn put(&self, name: &str, value: &SecretBytes, expires: Option<Timestamp>) -> Result<(), Failure>;

    /// Takes an item away; `false` if it was not there.
    fn remove(&self, name: &str) -> Result<bool, Failure>;
}
