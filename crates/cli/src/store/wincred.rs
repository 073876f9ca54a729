//! Windows' Credential Manager: each item is a generic credential, or several if it is long.
//!
//! The system seals them under the login's password, keeps them on this machine alone, and lets every
//! program of the user read them.

use std::collections::HashMap;
use std::sync::Arc;

use kagiban_aws::{SecretBytes, Timestamp};
use keyring_core::api::CredentialStoreApi as _;
use keyring_core::{Entry, Error};
use windows_native_keyring_store::Store as Manager;

use super::Store;
use super::pieces::{Pieces, Shelf};
use crate::failure::Failure;

/// The login's credentials.
pub(crate) struct WincredStore(Pieces<Credentials>);

struct Credentials(Arc<Manager>);

impl WincredStore {
    /// # Errors
    ///
    /// If there is no such thing for this login, in words.
    pub(crate) fn open() -> Result<WincredStore, String> {
        let manager = Manager::new().map_err(|error| error.to_string())?;
        Ok(WincredStore(Pieces(Credentials(manager))))
    }

    /// Whether this login has credentials, which a service may not have.
    ///
    /// # Errors
    ///
    /// In words, why not.
    pub(crate) fn probe() -> Result<(), String> {
        let store = WincredStore::open()?;
        let looked = store.0.0.0.search(&HashMap::from([("pattern", "^kagiban:")]));
        looked.map(drop).map_err(|error| error.to_string())
    }
}

impl Store for WincredStore {
    fn describe(&self) -> String {
        "Windows' Credential Manager".to_owned()
    }

    fn names(&self) -> Result<Vec<String>, Failure> {
        self.0.names()
    }

    fn get(&self, name: &str) -> Result<Option<SecretBytes>, Failure> {
        self.0.get(name)
    }

    fn put(&self, name: &str, value: &SecretBytes, _: Option<Timestamp>) -> Result<(), Failure> {
        self.0.put(name, value)
    }

    fn remove(&self, name: &str) -> Result<bool, Failure> {
        self.0.remove(name)
    }
}

impl Shelf for Credentials {
    /// `CRED_MAX_CREDENTIAL_BLOB_SIZE`.
    const LONGEST: usize = 5 * 512;

    fn names(&self, beginning: &str) -> Result<Vec<String>, Failure> {
        // Those of other programs are none of ours to look at. What ours begin with is a plain word.
        let pattern = format!("^{beginning}");
        let found = self.0.search(&HashMap::from([("pattern", pattern.as_str())]));
        let found = found.map_err(|error| failure(&error))?;
        let mut names = Vec::new();
        for entry in found {
            // Somebody may have taken it away meanwhile.
            let Some(mut attributes) = present(entry.get_attributes())? else {
                continue;
            };
            let name = attributes.remove("target_name");
            names.extend(name.filter(|name| name.starts_with(beginning)));
        }
        Ok(names)
    }

    fn read(&self, name: &str) -> Result<Option<SecretBytes>, Failure> {
        Ok(present(self.entry(name)?.get_secret())?.map(SecretBytes::from))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.entry(name)?.set_secret(bytes);
        written.map_err(|error| failure(&error))
    }

    fn remove(&self, name: &str) -> Result<bool, Failure> {
        Ok(present(self.entry(name)?.delete_credential())?.is_some())
    }
}

impl Credentials {
    /// One credential by its name, which does not go to the user's other machines.
    fn entry(&self, name: &str) -> Result<Entry, Failure> {
        let modifiers = HashMap::from([("target", name), ("persistence", "Local")]);
        let entry = self.0.build("", "", Some(&modifiers));
        entry.map_err(|error| failure(&error))
    }
}

/// `None` where there is no such credential.
fn present<T>(result: Result<T, Error>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(failure(&error)),
    }
}

fn failure(error: &Error) -> Failure {
    Failure::Setting(format!("Windows' Credential Manager cannot be used: {error}"))
}
