//! KMS in memory: every account's keys, aliases and (sealed until used) material.

use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet};
use kagiban_iam::{Scope, Stored};
use kagiban_store::{Error, Event};

use crate::material::Resident;
use crate::records::{Alias, Key, Material};

/// One account in one Region.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    /// Keys by id.
    pub keys: OrdMap<Box<str>, Stored<Key>>,
    /// Aliases by name, `alias/` included.
    pub aliases: OrdMap<Box<str>, Stored<Alias>>,
    /// The names of each key, by its id.
    names: OrdMap<Box<str>, OrdSet<Box<str>>>,
    /// Material by key id and generation.
    pub materials: OrdMap<(Box<str>, u32), Resident>,
}

impl Keyring {
    /// The aliases of a key.
    pub fn names(&self, key_id: &str) -> OrdSet<Box<str>> {
        self.names.get(key_id).cloned().unwrap_or_default()
    }

    fn apply_alias(&mut self, name: &str, event: &Event) -> Result<(), Error> {
        if let Some(old) = self.aliases.get(name) {
            self.names
                .entry(old.key.as_str().into())
                .or_default()
                .remove(name);
        }
        kagiban_iam::apply(&mut self.aliases, name.into(), event)?;
        if let Some(new) = self.aliases.get(name) {
            self.names
                .entry(new.key.as_str().into())
                .or_default()
                .insert(name.into());
        }
        Ok(())
    }

    /// The generation of a key that a ciphertext names.
    pub fn material(&self, key_id: &str, material_id: &[u8]) -> Option<&Resident> {
        let first = (Box::from(key_id), 0);
        let of_key = self
            .materials
            .range(first..)
            .take_while(|((id, _), _)| &**id == key_id);
        of_key
            .map(|(_, material)| material)
            .find(|material| material.id() == material_id)
    }

    /// The generation that new ciphertexts are made with.
    pub fn current_material(&self, key: &Key) -> Option<&Resident> {
        self.materials
            .get(&(key.id.as_str().into(), key.current_material))
    }
}

/// All of KMS.
#[derive(Clone, Debug, Default)]
pub struct State {
    keyrings: HashMap<Scope, Arc<Keyring>>,
}

impl State {
    /// The keys of an account in a Region; none before the first is made.
    pub fn keyring(&self, scope: Scope) -> Option<&Keyring> {
        self.keyrings.get(&scope).map(AsRef::as_ref)
    }

    /// Carries one change under `/a/<account>/<region>/kms/` into memory; `parts` are those after `kms`.
    ///
    /// # Errors
    ///
    /// If the record cannot be read: then nothing may be served from this state.
    pub fn apply(&mut self, scope: Scope, parts: &[&str], event: &Event) -> Result<(), Error> {
        let keyring = Arc::make_mut(self.keyrings.entry(scope).or_default());
        match parts {
            ["key", id] => kagiban_iam::apply(&mut keyring.keys, (*id).into(), event)?,
            ["alias", name] => keyring.apply_alias(name, event)?,
            ["mat", id, number] => {
                let place = (
                    (*id).into(),
                    number.parse().map_err(|_| kagiban_iam::misplaced(event))?,
                );
                match event.record::<Material>()? {
                    Some(material) => keyring.materials.insert(place, Resident::new(material)),
                    None => keyring.materials.remove(&place),
                };
            }
            _ => {} // a newer server's
        }
        Ok(())
    }
}
