//! What Parameter Store keeps under KMS's keys, so that KMS does not destroy one that is still needed.

use kagiban_iam::Scope;
use kagiban_kms::{Dependants, Needing};

use crate::State;
use crate::records::{Parameter, Value};

/// The key is taken from the ciphertext: the name that the caller gave may mean another key by now.
/// Only the newest version of a parameter counts; older ones are history.
impl Dependants for State {
    fn needing(&self, scope: Scope, key_id: &str, at_most: usize) -> Needing {
        let mut needing = Needing::default();
        for (home, parameter) in self.all() {
            // What another Region keeps under a multi-Region key, its own sibling of that key opens.
            if home.region != scope.region || !is_under(parameter, scope, key_id) {
                continue;
            }
            needing.count += 1;
            // Who may destroy the key is no reader of other accounts' names.
            if home.account == scope.account && needing.names.len() < at_most {
                needing.names.push(parameter.name.to_string());
            }
        }
        needing
    }
}

fn is_under(parameter: &Parameter, scope: Scope, key_id: &str) -> bool {
    let Value::SecureString(secured) = &parameter.current.value else {
        return false;
    };
    let address = secured.address(parameter.current.tier);
    address.is_some_and(|address| address.is_of(scope, key_id))
}
