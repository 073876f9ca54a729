//! Keys with imported material: what of it is there, and what the key can do without it.
//!
//! A symmetric key may have several generations. Those up to the current one are its own for good:
//! it is usable while all of them are there. One above the current one waits for its rotation.
//! Material that was deleted leaves its record without bytes behind, so that only the same comes back.
//!
//! Source: KMS Developer Guide, "Import the key material" and "Delete imported key material".

use kagiban_aws::Timestamp;
use kagiban_iam::hex;
use kagiban_store::Txn;

use crate::import::Expiration;
use crate::records::{Imported, Key, KeyState, Material, keys};
use crate::spec::Origin;
use crate::{Found, Keyring, KmsError};

impl Material {
    /// Whether the bytes are there and may be used.
    pub(crate) fn is_there(&self, now: Timestamp) -> bool {
        self.is_kept() && !self.is_due(now)
    }

    /// Whether the bytes are there, expired or not.
    pub(crate) fn is_kept(&self) -> bool {
        !self.sealed.is_empty()
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.expires().is_some_and(|expires| expires <= now)
    }

    pub(crate) fn expires(&self) -> Option<Timestamp> {
        self.imported.as_ref()?.expires
    }

    /// What stays of it when its bytes are gone.
    pub(crate) fn emptied(&self) -> Material {
        let mut emptied = self.clone();
        emptied.sealed.clear();
        if let Some(imported) = &mut emptied.imported {
            imported.expires = None;
        }
        emptied
    }
}

impl Keyring {
    /// The generations that a key with imported material needs and that are not there.
    pub(crate) fn missing(&self, key: &Key, now: Timestamp) -> impl Iterator<Item = u32> {
        (1..=key.current_material).filter(move |number| {
            let material = self.materials.get(&(key.id.as_str().into(), *number));
            material.is_none_or(|material| !material.record().is_there(now))
        })
    }

    /// The generation that waits for its rotation.
    pub(crate) fn pending(&self, key: &Key) -> Option<(u32, &Material)> {
        let (number, material) = self.generations(&key.id).last()?;
        (number > key.current_material).then(|| (number, material.record()))
    }

    /// When the first of a key's material expires; none while none is there.
    pub(crate) fn expiration(&self, key: &Key, now: Timestamp) -> Option<Expiration> {
        if key.origin != Origin::External {
            return None;
        }
        let there: Vec<&Material> = self
            .generations(&key.id)
            .filter(|(number, material)| *number <= key.current_material && material.record().is_there(now))
            .map(|(_, material)| material.record())
            .collect();
        let first = there.iter().filter_map(|material| material.expires()).min();
        (!there.is_empty()).then_some(Expiration(first))
    }

    /// The state of a key at a moment: one whose material has expired is pending import at once, even
    /// if its bytes are not deleted yet.
    pub(crate) fn state(&self, key: &Key, now: Timestamp) -> KeyState {
        let usable = matches!(key.state, KeyState::Enabled | KeyState::Disabled);
        let lacking = usable && key.origin == Origin::External && self.missing(key, now).next().is_some();
        match lacking {
            true => KeyState::PendingImport,
            false => key.state,
        }
    }

    /// The generations of a key whose time is over and whose bytes are still there.
    pub(crate) fn expired(&self, key_id: &str, now: Timestamp) -> impl Iterator<Item = u32> {
        self.generations(key_id)
            .filter(move |(_, material)| material.record().is_kept() && material.record().is_due(now))
            .map(|(number, _)| number)
    }

    /// The transaction that deletes the bytes of some generations, provided nobody changed the key.
    /// Of one that waits for its rotation nothing stays; without any other the key is pending import.
    pub(crate) fn forget(&self, found: &Found, numbers: &[u32]) -> Txn {
        let key = &found.key;
        let needed = numbers.iter().any(|number| *number <= key.current_material);
        let mut txn = found.rewrite(|key| {
            if needed && matches!(key.state, KeyState::Enabled | KeyState::Disabled) {
                key.state = KeyState::PendingImport;
            }
        });
        for number in numbers {
            let place = keys::material(found.scope, &key.id, *number);
            match self.materials.get(&(key.id.as_str().into(), *number)) {
                Some(material) if *number <= key.current_material => {
                    txn.put(place, &material.record().emptied());
                }
                _ => {
                    txn.delete(place);
                }
            }
        }
        txn
    }
}

/// What ImportKeyMaterial says of the bytes beside their expiration.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// Whether the key shall never have had them; the key's past decides if it is not said.
    pub(crate) new: Option<bool>,
    /// Which they must be, in hexadecimal.
    pub(crate) id: Option<String>,
    /// Free text; what was said before stays if nothing is.
    pub(crate) description: Option<String>,
}

impl Import {
    /// Refuses what only keys with generations have.
    ///
    /// # Errors
    ///
    /// `UnsupportedOperationException`.
    pub(crate) fn demand_fits(&self, found: &Found) -> Result<(), KmsError> {
        let plain = self.new.is_none() && self.id.is_none() && self.description.is_none();
        match plain || found.key.spec.is_symmetric() {
            true => Ok(()),
            // UNSURE: AWS documents the rule, not the code or the sentence.
            false => Err(KmsError::Unsupported(format!(
                "ImportType, KeyMaterialId and KeyMaterialDescription are not supported for key spec {}.",
                found.key.spec
            ))),
        }
    }

    /// The transaction that takes the bytes in, provided nobody changed the key.
    ///
    /// # Errors
    ///
    /// `IncorrectKeyMaterial` for other bytes than the key must get, `InvalidState` while others wait
    /// for their rotation.
    pub(crate) fn txn(
        &self,
        found: &Found,
        keyring: &Keyring,
        sealed: Material,
        expiration: Expiration,
        now: Timestamp,
    ) -> Result<Txn, KmsError> {
        let key = &found.key;
        let mut generations = keyring.generations(&key.id);
        let known = generations.find(|(_, material)| material.id() == sealed.id);
        let number = match known {
            Some((number, _)) if self.is_for_known(keyring, key) => {
                self.demand_named(&sealed, found)?;
                number
            }
            // UNSURE: AWS's sentences, here and below.
            Some((number, _)) if number <= key.current_material => {
                return Err(incorrect(&sealed, "is already associated with", found));
            }
            None if self.is_for_known(keyring, key) => {
                return Err(incorrect(&sealed, "is not associated with", found));
            }
            _ => number_of_another(&sealed, found, keyring, now)?,
        };
        let old = known.map(|(_, material)| material.record());
        let material = self.record(sealed, old, expiration);
        let whole = keyring.missing(key, now).all(|missing| missing == number);
        let mut txn = found.rewrite(|key| {
            if key.state == KeyState::PendingImport && whole {
                key.state = KeyState::Enabled;
            }
        });
        txn.put(keys::material(found.scope, &key.id, number), &material);
        Ok(txn)
    }

    /// Whether the key must have had the bytes before: so it is after the first import.
    fn is_for_known(&self, keyring: &Keyring, key: &Key) -> bool {
        match self.new {
            Some(new) => !new,
            None => self.id.is_some() || keyring.generations(&key.id).next().is_some(),
        }
    }

    fn demand_named(&self, sealed: &Material, found: &Found) -> Result<(), KmsError> {
        match &self.id {
            Some(id) if *id != hex(&sealed.id) => Err(incorrect(sealed, "is not the one named for", found)),
            _ => Ok(()),
        }
    }

    /// The record of the bytes; what else was known of them stays.
    fn record(&self, sealed: Material, old: Option<&Material>, expiration: Expiration) -> Material {
        let described = || old?.imported.as_ref()?.description.clone();
        Material {
            rotated: old.and_then(|old| old.rotated),
            imported: Some(Imported {
                expires: expiration.0,
                description: self.description.clone().or_else(described),
            }),
            rest: old.map(|old| old.rest.clone()).unwrap_or_default(),
            ..sealed
        }
    }
}

/// The number of bytes that the key never had: its first, or the one that its next rotation takes.
fn number_of_another(
    sealed: &Material,
    found: &Found,
    keyring: &Keyring,
    now: Timestamp,
) -> Result<u32, KmsError> {
    match keyring.pending(&found.key) {
        None => Ok(keyring.next_generation(&found.key.id)),
        // Nothing stays of what expired while it waited.
        Some((number, pending)) if !pending.is_there(now) => Ok(number),
        Some((_, pending)) => Err(KmsError::InvalidState(format!(
            "New key material (id: {}) cannot be imported into KMS key {}, because another key material \
             (id: {}) is pending rotation.",
            hex(&sealed.id),
            found.arn(),
            hex(&pending.id)
        ))),
    }
}

fn incorrect(sealed: &Material, why: &str, found: &Found) -> KmsError {
    let named = match found.key.spec.is_symmetric() {
        true => format!(" (id: {})", hex(&sealed.id)),
        false => String::new(),
    };
    KmsError::IncorrectKeyMaterial(format!("The key material{named} {why} KMS key {}.", found.arn()))
}
