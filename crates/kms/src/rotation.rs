//! Rotation: a key gets new bytes and keeps its old ones for what they have encrypted.
//!
//! Source: KMS Developer Guide, "Rotate AWS KMS keys".

use std::time::Duration;

use kagiban_aws::Timestamp;
use kagiban_iam::Entropy;
use kagiban_store::Txn;

use crate::records::{Key, KeyState, Material, Rotated, Rotation, RotationType, keys};
use crate::{Found, KmsError, View};

/// How long a generation is in use unless the owner says otherwise.
pub(crate) const DEFAULT_DAYS: u32 = 365;

/// AWS's limit for one key.
pub(crate) const MAX_ON_DEMAND: u32 = 25;

/// The moment so many days later.
pub(crate) fn days_after(days: u32, from: Timestamp) -> Timestamp {
    from.plus(Duration::from_secs(u64::from(days) * 24 * 60 * 60))
}

impl Rotation {
    /// A schedule that begins now.
    pub(crate) fn starting(days: u32, now: Timestamp) -> Rotation {
        Rotation {
            days,
            next: days_after(days, now),
        }
    }

    /// The schedule once a rotation of it has taken place. One that came much too late, because the
    /// key was disabled or the server off, begins it anew: what was missed is not made up for.
    fn followed(self, now: Timestamp) -> Rotation {
        let next = days_after(self.days, self.next);
        match next > now {
            true => Rotation { next, ..self },
            false => Rotation::starting(self.days, now),
        }
    }
}

impl Found {
    /// Refuses kinds of keys that have one generation only.
    ///
    /// # Errors
    ///
    /// `Unsupported`; AWS says nothing more.
    pub(crate) fn demand_generations(&self) -> Result<(), KmsError> {
        match self.key.spec.is_symmetric() {
            true => Ok(()),
            false => Err(KmsError::Unsupported(String::new())),
        }
    }

    /// Refuses replicas, whose primary key decides when they rotate.
    ///
    /// # Errors
    ///
    /// `Unsupported`.
    pub(crate) fn demand_primary(&self) -> Result<(), KmsError> {
        match self.is_primary() {
            true => Ok(()),
            // UNSURE: the sentence is ReplicateKey's.
            false => Err(self.not_primary()),
        }
    }

    /// The automatic rotation that the key's own state lets be in force: none while it waits for its
    /// destruction.
    fn schedule(&self) -> Option<Rotation> {
        use KeyState::*;

        match self.key.state {
            PendingDeletion | PendingReplicaDeletion => None,
            Enabled | Disabled | PendingImport => self.key.rotation,
        }
    }

    /// Whether the key's automatic rotation is due. A disabled key waits until it is enabled again.
    pub(crate) fn rotation_is_due(&self, now: Timestamp) -> bool {
        self.key.state == KeyState::Enabled
            && self.is_primary()
            && self.key.rotation.is_some_and(|rotation| rotation.next <= now)
    }
}

impl View<'_> {
    /// The automatic rotation that is in force for a key: a replica's is its primary key's, and neither
    /// may be about to be destroyed.
    ///
    /// # Errors
    ///
    /// As [`View::siblings`].
    pub(crate) fn schedule(&self, found: &Found) -> Result<Option<Rotation>, KmsError> {
        let siblings = self.siblings(found)?;
        let primary = siblings.iter().find(|sibling| sibling.is_primary());
        let theirs = primary.map_or(found.schedule(), Found::schedule);
        Ok(found.schedule().and(theirs))
    }
}

/// The transaction that gives a symmetric key and all its siblings their next generation, provided nobody
/// changed one of them.
///
/// # Errors
///
/// `Internal` if no bytes can be made.
pub(crate) fn rotate(
    view: &View<'_>,
    found: &Found,
    kind: RotationType,
    now: Timestamp,
    entropy: &Entropy,
) -> Result<Txn, KmsError> {
    let keyring = view.kms.keyring(found.scope).ok_or(KmsError::Internal)?;
    let id = &found.key.id;
    let number = keyring.next_generation(id);
    let mut material = view.domain.generate(found.scope, id, found.key.spec, entropy)?;
    material.rotated = Some(Rotated { at: now, kind });
    let change = |key: &mut Key| {
        key.current_material = number;
        match kind {
            RotationType::OnDemand => key.on_demand_rotations += 1,
            RotationType::Automatic => key.rotation = key.rotation.map(|rotation| rotation.followed(now)),
        }
    };
    let mut txn = found.rewrite(change);
    let mut keep = |scope, material: &Material| {
        let place = keys::material(scope, id, number);
        txn.absent(place.clone()).put(place, material);
    };
    keep(found.scope, &material);
    for sibling in view.siblings(found)? {
        let copy = view
            .domain
            .reseal(&material, id, found.scope, sibling.scope, entropy)?;
        keep(sibling.scope, &copy);
    }
    view.with_siblings(txn, found, change)
}

/// The transaction that makes imported material that waits for it the current one, here and in all the
/// key's other Regions.
///
/// # Errors
///
/// `InvalidState` in AWS's words if none waits, or not the same everywhere.
pub(crate) fn rotate_to_imported(view: &View<'_>, found: &Found, now: Timestamp) -> Result<Txn, KmsError> {
    let (number, first) = waiting(view, found, now).ok_or_else(|| none_waits(found))?;
    let change = |key: &mut Key| {
        key.current_material = number;
        key.on_demand_rotations += 1;
    };
    let mut txn = found.rewrite(change);
    for one in [found].into_iter().chain(&view.siblings(found)?) {
        let same = waiting(view, one, now).filter(|(_, material)| material.id == first.id);
        // UNSURE: AWS demands the same material in every Region, not in which words it misses it.
        let (_, material) = same.ok_or_else(|| none_waits(one))?;
        let rotated = Material {
            rotated: Some(Rotated {
                at: now,
                kind: RotationType::OnDemand,
            }),
            ..material.clone()
        };
        txn.put(keys::material(one.scope, &one.key.id, number), &rotated);
    }
    view.with_siblings(txn, found, change)
}

/// Imported material that waits for its rotation in a key's own Region.
fn waiting<'v>(view: &View<'v>, found: &Found, now: Timestamp) -> Option<(u32, &'v Material)> {
    let waiting = view.kms.keyring(found.scope)?.pending(&found.key);
    waiting.filter(|(_, material)| material.is_there(now))
}

fn none_waits(found: &Found) -> KmsError {
    KmsError::InvalidState(format!(
        "No available key material pending rotation for the key: {}.",
        found.arn()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_keeps_its_days_unless_one_is_missed_altogether() {
        let start = Timestamp::from_seconds(1_700_000_000);
        let schedule = Rotation::starting(90, start);
        assert_eq!(schedule.next, days_after(90, start));
        let followed = schedule.followed(days_after(95, start));
        assert_eq!(followed.next, days_after(180, start));
        let late = schedule.followed(days_after(200, start));
        assert_eq!(late.next, days_after(290, start));
    }
}
