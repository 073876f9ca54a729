//! KMS in memory: every account's keys, aliases, grants and (sealed until used) material.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use kagiban_iam::{Scope, Stored};
use kagiban_store::{Error, Event, HashMap};

use crate::grants::{self, KeyGrants, Retirable};
use crate::last_usage::LastUsages;
use crate::material::Resident;
use crate::records::{Alias, Key, LastUsage, Material};

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
    /// Grants by key id; keys without any have no entry.
    grants: grants::ByKey,
    /// The last use of keys by id, as far as it has been written.
    pub used: OrdMap<Box<str>, Stored<LastUsage>>,
}

impl Keyring {
    /// The grants on a key; none for most keys.
    pub fn grants(&self, key_id: &str) -> Option<&Arc<KeyGrants>> {
        self.grants.get(key_id)
    }

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

    /// All generations of a key, in the order of their numbers.
    pub fn generations(&self, key_id: &str) -> impl Iterator<Item = (u32, &Resident)> {
        let first = (Box::from(key_id), 0);
        self.materials
            .range(first..)
            .take_while(move |((id, _), _)| **id == *key_id)
            .map(|((_, number), material)| (*number, material))
    }

    /// The number of a key's next generation: one that it never had.
    pub(crate) fn next_generation(&self, key_id: &str) -> u32 {
        self.generations(key_id)
            .last()
            .map_or(1, |(number, _)| number + 1)
    }

    /// The generation of a key that a ciphertext names.
    pub fn material(&self, key_id: &str, material_id: &[u8]) -> Option<&Resident> {
        self.generations(key_id)
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
    /// Every account's grants by who may retire them.
    retirable: Retirable,
    /// What no revision has yet.
    last_usages: Arc<LastUsages>,
}

impl State {
    /// The keys of an account in a Region; none before the first is made.
    pub fn keyring(&self, scope: Scope) -> Option<&Keyring> {
        self.keyrings.get(&scope).map(AsRef::as_ref)
    }

    /// Every account's grants by who may retire them.
    pub fn retirable(&self) -> &Retirable {
        &self.retirable
    }

    /// Uses of keys that are not written yet.
    pub fn last_usages(&self) -> &LastUsages {
        &self.last_usages
    }

    /// The keys of every account in every Region.
    pub fn keyrings(&self) -> impl Iterator<Item = (Scope, &Keyring)> {
        self.keyrings.iter().map(|(scope, keyring)| (*scope, &**keyring))
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
            ["used", id] => kagiban_iam::apply(&mut keyring.used, (*id).into(), event)?,
            ["alias", name] => keyring.apply_alias(name, event)?,
            ["grant", key, id] => {
                let place = (scope, Box::from(*key), Box::from(*id));
                let retiring = |keyring: &Keyring| keyring.grants(key)?.get(id)?.retiring.clone();
                if let Some(old) = retiring(keyring) {
                    self.retirable.remove(&old, &place);
                }
                grants::apply(&mut keyring.grants, key, id, event)?;
                if let Some(new) = retiring(keyring) {
                    self.retirable.insert(&new, place);
                }
            }
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
