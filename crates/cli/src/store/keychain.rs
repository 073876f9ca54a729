//! macOS's keychain, the login's own: each item is a password of the service `kagiban`.
//!
//! The system decides when it asks for the keychain's password, and whether it lets this program in.

use kagiban_aws::{SecretBytes, Timestamp};
use security_framework::base::Error;
use security_framework::item::{ItemClass, ItemSearchOptions, Limit};
use security_framework::passwords::{delete_generic_password, get_generic_password, set_generic_password};

use super::Store;
use crate::failure::Failure;

/// What all items of this program have in common.
const SERVICE: &str = "kagiban";

/// The attribute that an item's name is kept in.
const ACCOUNT: &str = "acct";

/// `errSecItemNotFound`.
const NOT_FOUND: i32 = -25300;

/// The login's keychain.
pub(crate) struct KeychainStore;

impl Store for KeychainStore {
    fn describe(&self) -> String {
        "the login's keychain".to_owned()
    }

    fn names(&self) -> Result<Vec<String>, Failure> {
        let mut options = ItemSearchOptions::new();
        options
            .class(ItemClass::generic_password())
            .service(SERVICE)
            .load_attributes(true)
            .limit(Limit::All);
        let found = present(options.search())?.unwrap_or_default();
        let attributes = found.iter().filter_map(|item| item.simplify_dict());
        let mut names: Vec<String> = attributes.filter_map(|mut item| item.remove(ACCOUNT)).collect();
        names.sort();
        Ok(names)
    }

    fn get(&self, name: &str) -> Result<Option<SecretBytes>, Failure> {
        Ok(present(get_generic_password(SERVICE, name))?.map(SecretBytes::from))
    }

    fn put(&self, name: &str, value: &SecretBytes, _: Option<Timestamp>) -> Result<(), Failure> {
        set_generic_password(SERVICE, name, value.expose()).map_err(|error| failure(&error))
    }

    fn remove(&self, name: &str) -> Result<bool, Failure> {
        Ok(present(delete_generic_password(SERVICE, name))?.is_some())
    }
}

/// `None` where there is no such item.
fn present<T>(result: Result<T, Error>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == NOT_FOUND => Ok(None),
        Err(error) => Err(failure(&error)),
    }
}

fn failure(error: &Error) -> Failure {
    Failure::Setting(format!("the login's keychain cannot be used: {error}"))
}
