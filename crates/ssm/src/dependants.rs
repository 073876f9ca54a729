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
            (home, &parameter.name, used, Life::Lives)
        });
        let deleted = self.all_deleted().map(|(home, deleted)| {
            let used = use_of(deleted.address.as_deref(), deleted.older_keys.as_deref());
            (home, &deleted.name, used, Life::Deleted)
        });
        let mut kinds = Kinds::default();
        for (home, name, used, life) in live.chain(deleted) {
            let Some(used) = used else { continue };
            // What another Region keeps under a multi-Region key, its own sibling of that key opens.
            if home.region != scope.region {
                continue;
            }
            needing.count += 1;
            kinds.note(used, life);
            // Who may destroy the key is no reader of other accounts' names.
            if home.account == scope.account && needing.names.len() < at_most {
                needing.names.push(format!("{name}{}", mark(used, life)));
            }
        }
        needing.advice = kinds.advice();
        needing
    }
}

/// Which of a parameter's versions need a key.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Use {
    /// The newest, and maybe older ones.
    Newest,
    /// Only older ones.
    Older,
}

/// Whether a parameter is there, or only kept.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Life {
    Lives,
    Deleted,
}

/// What a parameter's name is followed by.
fn mark(used: Use, life: Life) -> &'static str {
    match (life, used) {
        (Life::Lives, Use::Newest) => "",
        (Life::Lives, Use::Older) => " (older versions)",
        (Life::Deleted, Use::Newest) => " (deleted)",
        (Life::Deleted, Use::Older) => " (deleted, older versions)",
    }
}

/// What kinds of need there are, each of which ends in its own way.
#[derive(Default)]
struct Kinds {
    newest: bool,
    older: bool,
    deleted: bool,
}

impl Kinds {
    fn note(&mut self, used: Use, life: Life) {
        match (life, used) {
            (Life::Lives, Use::Newest) => self.newest = true,
            (Life::Lives, Use::Older) => self.older = true,
            (Life::Deleted, _) => self.deleted = true,
        }
    }

    /// What ends them. To delete or to overwrite is not enough: what was deleted can be had back for a
    /// while, and older versions can be read.
    fn advice(&self) -> String {
        let kept = Parameter::VERSIONS;
        let sentences = [
            self.newest.then(|| {
                format!(
                    "Write parameters under another key, and on until none of the {kept} versions that are kept \
                     is under this one, or delete and purge them"
                )
            }),
            (self.older && !self.newest).then(|| {
                format!(
                    "Older versions need it until {kept} newer ones are written, or their parameter is deleted \
                     and purged"
                )
            }),
            self.deleted.then(|| {
                "Deleted parameters need it until they are purged: by PurgeDeletedParameter, or when their time is over"
                    .to_owned()
            }),
        ];
        sentences.into_iter().flatten().collect::<Vec<_>>().join(". ")
    }
}

/// The key that a parameter's newest version is encrypted under.
pub(crate) fn address(parameter: &Parameter) -> Option<Address> {
    match &parameter.current.value {
        Value::SecureString(secured) => secured.address(parameter.current.tier),
        Value::String(_) | Value::StringList(_) => None,
    }
}
