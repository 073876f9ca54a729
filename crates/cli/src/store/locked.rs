//! Where no process can remember a passphrase: it is asked for each time, or comes from the environment.

use std::convert::Infallible;
use std::path::Path;

use kagiban_aws::SecretString;

use crate::failure::Failure;

/// What would hold a store's passphrase.
pub(crate) struct Unlocked;

impl Unlocked {
    pub(crate) fn of(_: &Path) -> Unlocked {
        Unlocked
    }

    pub(crate) fn passphrase(&self) -> Option<SecretString> {
        None
    }

    pub(crate) fn until(&self) -> Option<i64> {
        None
    }

    pub(crate) fn forget(&self) -> bool {
        false
    }

    /// # Errors
    ///
    /// Always.
    pub(crate) fn remember(&self, _: &SecretString, _: u32) -> Result<(), Failure> {
        self.keep(0)
    }

    /// # Errors
    ///
    /// Always.
    pub(crate) fn keep_alone(&self, _: u32) -> Result<Infallible, Failure> {
        Err(unremembered())
    }

    /// # Errors
    ///
    /// Always.
    pub(crate) fn keep(&self, _: u32) -> Result<(), Failure> {
        Err(unremembered())
    }
}

fn unremembered() -> Failure {
    let text = "a passphrase is not remembered on Windows; the store `wincred` needs none, and KAGIBAN_FILE_PASSPHRASE opens the file";
    Failure::Setting(text.to_owned())
}
