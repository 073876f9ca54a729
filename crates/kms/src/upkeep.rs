//! What is done about keys when its time has come, without anybody asking: keys are destroyed when
//! their waiting time is over, lose imported material that has expired, and get new material when
//! their rotation is due.
//!
//! All of it follows from the records, so a server that was off does it when it is back. Here it is
//! decided; the server commits it. Each transaction holds only if the key is still as it was seen.

use kagiban_aws::{Arn, Timestamp};
use kagiban_iam::{Entropy, Scope};
use kagiban_store::Txn;

use crate::records::{KeyState, RotationType, keys};
use crate::siblings::MAX_RECORDS;
use crate::{Found, KmsError, View, dependants, rotation};

/// Something that is due.
#[derive(Clone, Debug)]
pub struct Due {
    found: Found,
    /// What it is.
    pub work: Work,
}

/// What is due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Work {
    /// The waiting time is over, and the key has too many grants to go at once: a portion of them goes
    /// before it.
    Ungrant(usize),
    /// The waiting time is over: nothing of the key may be left.
    Destroy,
    /// Imported material has expired: its bytes are deleted.
    Expire,
    /// The key gets its next generation.
    Rotate,
}

impl Work {
    /// AWS's name for it in its own audit log.
    pub fn name(self) -> &'static str {
        match self {
            Work::Ungrant(_) | Work::Destroy => "DeleteKey",
            Work::Expire => "DeleteExpiredKeyMaterial",
            Work::Rotate => "RotateKey",
        }
    }
}

/// Everything that is due now.
pub fn due(view: &View<'_>, now: Timestamp) -> Vec<Due> {
    let keyrings = view.kms.keyrings();
    let keys = keyrings.flat_map(|(scope, keyring)| keyring.keys.keys().map(move |id| (scope, id)));
    let due = keys.filter_map(|(scope, id)| {
        let found = view.key(scope, id, now).ok()?;
        let work = work(view, &found, now)?;
        Some(Due { found, work })
    });
    due.flat_map(Due::in_portions).collect()
}

fn work(view: &View<'_>, found: &Found, now: Timestamp) -> Option<Work> {
    let key = &found.key;
    let end = key.deletion.and_then(|deletion| deletion.date);
    if key.state == KeyState::PendingDeletion && end.is_some_and(|end| end <= now) {
        return Some(Work::Destroy);
    }
    let keyring = view.kms.keyring(found.scope)?;
    if keyring.expired(&key.id, now).next().is_some() {
        return Some(Work::Expire);
    }
    found.rotation_is_due(now).then_some(Work::Rotate)
}

impl Due {
    /// The same, with what has to be done before it.
    fn in_portions(self) -> impl Iterator<Item = Due> {
        let grants = self.found.grants.as_ref().map_or(0, |grants| grants.len());
        let portions = match self.work {
            Work::Destroy => grants.saturating_sub(MAX_GRANTS_TOGETHER).div_ceil(MAX_RECORDS),
            _ => 0,
        };
        let found = self.found.clone();
        let before = (0..portions).map(move |portion| Due {
            found: found.clone(),
            work: Work::Ungrant(portion),
        });
        before.chain([self])
    }

    /// What is due first about the key as it is now, if anything still is.
    pub fn anew(&self, view: &View<'_>, now: Timestamp) -> Option<Due> {
        let found = view.key(self.found.scope, &self.found.key.id, now).ok()?;
        let work = work(view, &found, now)?;
        Due { found, work }.in_portions().next()
    }

    /// The account and Region of the key.
    pub fn scope(&self) -> Scope {
        self.found.scope
    }

    /// The key's ARN.
    pub fn arn(&self) -> Arn {
        self.found.arn()
    }

    /// The transaction that does it, provided nobody changed the key.
    ///
    /// # Errors
    ///
    /// `Internal` if no material can be made; `InvalidState` if something still needs the key, which
    /// stays then until nothing does.
    pub fn txn(&self, view: &View<'_>, now: Timestamp, entropy: &Entropy) -> Result<Txn, KmsError> {
        match self.work {
            Work::Ungrant(portion) => {
                dependants::demand_none(&self.found, view)?;
                Ok(ungrant(&self.found, portion))
            }
            Work::Destroy => {
                dependants::demand_none(&self.found, view)?;
                destroy(view, &self.found, now)
            }
            Work::Expire => expire(view, &self.found, now),
            Work::Rotate => rotation::rotate(view, &self.found, RotationType::Automatic, now, entropy),
        }
    }
}

fn expire(view: &View<'_>, found: &Found, now: Timestamp) -> Result<Txn, KmsError> {
    let keyring = view.kms.keyring(found.scope).ok_or(KmsError::Internal)?;
    let expired: Vec<u32> = keyring.expired(&found.key.id, now).collect();
    Ok(keyring.forget(found, &expired))
}

/// Grants that are deleted with their key: fewer than a transaction takes.
const MAX_GRANTS_TOGETHER: usize = 900;

/// Deletes a portion of a key's grants.
fn ungrant(found: &Found, portion: usize) -> Txn {
    let mut txn = View::unchanged(found);
    let grants = found.grants.iter().flat_map(|grants| grants.all());
    for grant in grants.skip(portion * MAX_RECORDS).take(MAX_RECORDS) {
        txn.delete(keys::grant(found.scope, &found.key.id, &grant.id));
    }
    txn
}

/// Deletes a key with all its material, grants and aliases, and takes it from its siblings' lists.
///
/// If that is too much for one transaction, this one only deletes aliases, and the next turn the rest.
fn destroy(view: &View<'_>, found: &Found, now: Timestamp) -> Result<Txn, KmsError> {
    let (scope, id) = (found.scope, &found.key.id);
    let mut rest = view.bereaved(found, now)?;
    rest.delete(keys::key(scope, id))
        .delete(keys::last_usage(scope, id))
        .delete_prefix(keys::materials(scope, id))
        .delete_prefix(keys::grants(scope, id));
    let mut txn = View::unchanged(found);
    delete_aliases(view, found, &mut txn);
    if txn.ops().len() + rest.ops().len() <= MAX_RECORDS {
        txn.merge(rest);
    }
    Ok(txn)
}

/// An alias that was pointed elsewhere meanwhile is another key's, and the next turn sees it so.
fn delete_aliases(view: &View<'_>, found: &Found, txn: &mut Txn) {
    let aliases = view.kms.keyring(found.scope).map(|keyring| &keyring.aliases);
    for name in &found.names {
        let stored = aliases.and_then(|aliases| aliases.get(name));
        let place = keys::alias(found.scope, name);
        txn.unchanged(place.clone(), stored.map(|stored| stored.revision))
            .delete(place);
    }
}
