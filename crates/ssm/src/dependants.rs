//! What Parameter Store keeps under KMS's keys, so that KMS does not destroy one that is still needed.

use kagiban_iam::Scope;
use kagiban_kms::envelope::Address;
use kagiban_kms::{Dependants, Needing};

use crate::State;
use crate::records::{Parameter, Value};

/// The key is taken from the ciphertext: the name that the caller gave may mean another key by now.
/// Only the newest version of a parameter counts; older ones are history. Deleted parameters count
/// until they are purged: without the key they could not be brought back.
impl Dependants for State {
    fn needing(&self, scope: Scope, key_id: &str, at_most: usize) -> Needing {
        let mut needing = Needing::default();
        let under = |address: &Address| address.is_of(scope, key_id);
        let live = self.all().map(|(home, parameter)| {
            let is_under = address(parameter).as_ref().is_some_and(under);
            (home, &parameter.name, is_under, "")
        });
        let deleted = self.all_deleted().map(|(home, deleted)| {
            let is_under = deleted.address.as_deref().is_some_and(under);
            (home, &deleted.name, is_under, " (deleted)")
        });
        for (home, name, is_under, mark) in live.chain(deleted) {
            // What another Region keeps under a multi-Region key, its own sibling of that key opens.
            if home.region != scope.region || !is_under {
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

/// The key that a parameter's newest version is encrypted under.
pub(crate) fn address(parameter: &Parameter) -> Option<Address> {
    match &parameter.current.value {
        Value::SecureString(secured) => secured.address(parameter.current.tier),
        Value::String(_) | Value::StringList(_) => None,
    }
}
