//! The KMS keys that a parameter's older versions need, known without reading them.

use std::collections::BTreeMap;

use kagiban_iam::Scope;
use kagiban_kms::envelope::Address;
use serde::{Deserialize, Serialize};

use super::Parameter;
use crate::dependants;

/// Each key but the newest version's that an older version is encrypted under, with the number of the
/// last version that is. A record of a server that did not keep it yet tells only of what came since.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct OlderKeys(BTreeMap<Box<str>, i64>);

impl OlderKeys {
    /// Those of a parameter once `after` follows on `before`; none if there are none, as nearly always.
    pub(crate) fn following(before: &Parameter, after: &Parameter) -> Option<Box<OlderKeys>> {
        let mut keys = before.older_keys.as_deref().cloned().unwrap_or_default().0;
        if let Some(key) = dependants::address(before) {
            keys.insert(place(&key), before.current.number);
        }
        if let Some(key) = dependants::address(after) {
            keys.remove(&place(&key)); // it counts as the newest version's
        }
        let oldest = after.oldest();
        keys.retain(|_, number| *number >= oldest);
        (!keys.is_empty()).then(|| Box::new(OlderKeys(keys)))
    }

    /// Whether a version is under a key.
    pub(crate) fn contain(&self, key: &KeyPlace) -> bool {
        self.0.contains_key(&key.0)
    }
}

/// A key by the name that it has among a parameter's.
pub(crate) struct KeyPlace(Box<str>);

impl KeyPlace {
    /// The key of an id in its account and Region.
    pub(crate) fn of(scope: Scope, key_id: &str) -> KeyPlace {
        KeyPlace(place(&Address::of(scope, key_id, [0; 32])))
    }
}

/// `<account>/<region>/<id>`, whatever the key's generation; a multi-Region key is in no Region.
fn place(key: &Address) -> Box<str> {
    let region = key.region.as_ref().map_or("", |region| region.as_str());
    format!("{}/{region}/{}", key.account, key.key_id()).into()
}
