//! What Parameter Store keeps under KMS's keys, so that KMS does not destroy one that is still needed.

use kagiban_iam::Scope;
use kagiban_kms::envelope::Address;
use kagiban_kms::{Dependants, Needing};

use crate::State;
use crate::records::{KeyPlace, OlderKeys, Parameter, Value};

/// The key is taken from the ciphertext: the name that the caller gave may mean another key by now.
/// Older versions count as long as they are kept: they can be read by number and label, and rolled back
/// to. Deleted parameters count until they are purged: without the key they could not be brought back.
impl Dependants for State {
    fn needing(&self, scope: Scope, key_id: &str, at_most: usize) -> Needing {
        let mut needing = Needing::default();
        let place = KeyPlace::of(scope, key_id);
        let use_of = |newest: Option<&Address>, older: Option<&OlderKeys>| match (newest, older) {
            (Some(newest), _) if newest.is_of(scope, key_id) => Some(Use::Newest),
            (_, Some(older)) if older.contain(&place) => Some(Use::Older),
            _ => None,
        };
        let live = self.all().map(|(home, parameter)| {
            let used = use_of(address(parameter).as_ref(), parameter.older_keys.as_deref());
            (home, &parameter.name, used.map(Use::of_live))
        });
        let deleted = self.all_deleted().map(|(home, deleted)| {
            let used = use_of(deleted.address.as_deref(), deleted.older_keys.as_deref());
            (home, &deleted.name, used.map(Use::of_deleted))
        });
        for (home, name, mark) in live.chain(deleted) {
            let Some(mark) = mark else { continue };
            // What another Region keeps under a multi-Region key, its own sibling of that key opens.
            if home.region != scope.region {
                continue;
            }
            needing.count += 1;
            // Who may destroy the key is no reader of other accounts' names.
            if home.account == scope.account && needing.names.len() < at_most {
                needing.names.push(format!("{name}{mark}"));
            }
        }
        needing
    }
}

/// Which of a parameter's versions need a key.
enum Use {
    /// The newest, and maybe older ones.
    Newest,
    /// Only older ones.
    Older,
}

impl Use {
    /// What a parameter's name is followed by.
    fn of_live(self) -> &'static str {
        match self {
            Use::Newest => "",
            Use::Older => " (older versions)",
        }
    }

    /// The same for a deleted one.
    fn of_deleted(self) -> &'static str {
        match self {
            Use::Newest => " (deleted)",
            Use::Older => " (deleted, older versions)",
        }
    }
}

/// The key that a parameter's newest version is encrypted under.
pub(crate) fn address(parameter: &Parameter) -> Option<Address> {
    match &parameter.current.value {
        Value::SecureString(secured) => secured.address(parameter.current.tier),
        Value::String(_) | Value::StringList(_) => None,
    }
}
