//! Multi-Region keys: one key id and one material in several Regions of an account, as a key of its own
//! in each. The primary key decides about what they share.
//!
//! Shared are id, material, spec, usage, origin and rotation; policy, tags, aliases, grants, description
//! and state are each sibling's own. Each Region keeps its own copy of the shared part, sealed for that
//! Region, so that nothing a request needs lies outside its Region.
//!
//! INVARIANT: what changes the shared part is one transaction over all siblings, on condition that none
//! of them has changed. So their records always agree.

use kagiban_aws::{Region, Timestamp};
use kagiban_iam::{Entropy, Scope};
use kagiban_store::{Limits, Txn};

use crate::records::{Deletion, Key, KeyState, MultiRegion, keys};
use crate::rotation::days_after;
use crate::spec::Origin;
use crate::view::arn;
use crate::{Found, KmsError, View, wire};

/// How many Regions one key can be in: a rotation writes two records in each, all at once.
// DIFFERS: AWS has no limit but the number of its Regions, which is about this.
pub(crate) const MAX_REGIONS: usize = 30;

impl MultiRegion {
    /// A new key's: it is the primary key and alone.
    pub(crate) fn alone(primary: Region) -> MultiRegion {
        MultiRegion {
            primary,
            replicas: Default::default(),
        }
    }

    /// Every Region that has the key.
    pub(crate) fn all(&self) -> impl Iterator<Item = Region> {
        [self.primary].into_iter().chain(self.replicas.iter().copied())
    }

    /// The same with another primary key, the old one being a replica.
    pub(crate) fn led_by(mut self, primary: Region) -> MultiRegion {
        self.replicas.insert(self.primary);
        self.replicas.remove(&primary);
        MultiRegion { primary, ..self }
    }

    /// AWS's word for what the key in a Region is.
    pub(crate) fn role_of(&self, region: Region) -> &'static str {
        use wire::multi_region_key_type::{PRIMARY, REPLICA};

        if region == self.primary { PRIMARY } else { REPLICA }
    }

    /// As answers show it to the Region of `scope`.
    pub(crate) fn shown(&self, scope: Scope, key_id: &str) -> wire::MultiRegionConfiguration {
        let key = |region: &Region| wire::MultiRegionKey {
            arn: Some(arn(scope.at(*region), key_id).into()),
            region: Some(region.to_string()),
        };
        wire::MultiRegionConfiguration {
            multi_region_key_type: Some(self.role_of(scope.region).to_owned()),
            primary_key: Some(key(&self.primary)),
            replica_keys: Some(self.replicas.iter().map(key).collect()),
        }
    }
}

impl Found {
    /// Whether the key decides about its rotation: one that has no siblings does.
    pub(crate) fn is_primary(&self) -> bool {
        let regions = self.key.multi_region.as_ref();
        regions.is_none_or(|regions| regions.primary == self.scope.region)
    }

    /// The Regions of a multi-Region primary key.
    ///
    /// # Errors
    ///
    /// `Unsupported` for all other keys.
    pub(crate) fn demand_multi_region_primary(&self) -> Result<&MultiRegion, KmsError> {
        let regions = self.key.multi_region.as_ref().filter(|_| self.is_primary());
        regions.ok_or_else(|| self.not_primary())
    }

    /// What is asked is a primary key's alone.
    pub(crate) fn not_primary(&self) -> KmsError {
        KmsError::Unsupported(format!("{} is not a multi-region primary key.", self.arn()))
    }
}

impl View<'_> {
    /// The other keys of a multi-Region key.
    ///
    /// # Errors
    ///
    /// `Internal` if one of them is not there, which the store must have lost.
    pub(crate) fn siblings(&self, found: &Found) -> Result<Vec<Found>, KmsError> {
        let Some(regions) = &found.key.multi_region else {
            return Ok(Vec::new());
        };
        let others = regions.all().filter(|region| *region != found.scope.region);
        others
            .map(|region| {
                self.recorded(found.scope.at(region), &found.key.id)
                    .map_err(|_| KmsError::Internal)
            })
            .collect()
    }

    /// The key of the same id in another Region.
    ///
    /// # Errors
    ///
    /// `NoSuchKey`.
    pub(crate) fn sibling(&self, found: &Found, region: Region, now: Timestamp) -> Result<Found, KmsError> {
        self.key(found.scope.at(region), &found.key.id, now)
    }

    /// Adds the same change of every sibling's record to a transaction.
    ///
    /// # Errors
    ///
    /// As [`View::siblings`]; `LimitExceeded` if the store takes no transaction so large.
    pub(crate) fn with_siblings(
        &self,
        mut txn: Txn,
        found: &Found,
        change: impl Fn(&mut Key),
    ) -> Result<Txn, KmsError> {
        for sibling in self.siblings(found)? {
            txn.merge(sibling.rewrite(&change));
        }
        fitting(txn, found)
    }

    /// Adds to a transaction that makes a sibling the generations that the sibling is to have. Of those that
    /// their owner has to import there as well, it has the names only, so that no others come in.
    ///
    /// # Errors
    ///
    /// `Internal` if one does not open.
    pub(crate) fn copy_material(
        &self,
        found: &Found,
        there: Scope,
        entropy: &Entropy,
        txn: &mut Txn,
    ) -> Result<(), KmsError> {
        let (from, id) = (found.scope, &found.key.id);
        let keyring = self.kms.keyring(from).ok_or(KmsError::Internal)?;
        let generations = keyring.generations(id);
        for (number, material) in generations.filter(|(number, _)| *number <= found.key.current_material) {
            let copy = match found.key.origin {
                Origin::AwsKms => self.domain.reseal(material.record(), id, from, there, entropy)?,
                Origin::External => material.record().emptied(),
            };
            txn.put(keys::material(there, id, number), &copy);
        }
        Ok(())
    }

    /// The change of its siblings' records when a key is destroyed. A primary key that waits for its last
    /// replica begins its own waiting time.
    ///
    /// # Errors
    ///
    /// As [`View::with_siblings`].
    pub(crate) fn bereaved(&self, found: &Found, now: Timestamp) -> Result<Txn, KmsError> {
        self.with_siblings(Txn::new(), found, |key| {
            let Some(regions) = &mut key.multi_region else {
                return;
            };
            regions.replicas.remove(&found.scope.region);
            if key.state == KeyState::PendingReplicaDeletion && regions.replicas.is_empty() {
                key.state = KeyState::PendingDeletion;
                key.deletion = key.deletion.map(|deletion| Deletion {
                    date: Some(days_after(deletion.days, now)),
                    ..deletion
                });
            }
        })
    }
}

/// Reads a Region that a request names.
///
/// # Errors
///
/// `Validation`.
pub(crate) fn parse_region(name: Option<String>) -> Result<Region, KmsError> {
    // DIFFERS: AWS refuses the names of Regions that there are not; here every name is a Region.
    let name = name.unwrap_or_default();
    name.parse()
        .map_err(|error| KmsError::Validation(format!("`{name}` is no Region: {error}")))
}

/// The most records of one transaction: what the store takes, less what is written with every change.
pub(crate) const MAX_RECORDS: usize = Limits::COMMON.ops - 4;

/// Refuses what the store would not write at once: a key of more than some fifty generations, say.
// DIFFERS: AWS copies in the background what there is, however much; here a replica is whole or is not.
///
/// # Errors
///
/// `LimitExceeded`.
fn fitting(txn: Txn, found: &Found) -> Result<Txn, KmsError> {
    let limits = Limits {
        ops: MAX_RECORDS,
        ..Limits::COMMON
    };
    match txn.check(&limits) {
        Ok(()) => Ok(txn),
        Err(_) => Err(KmsError::LimitExceeded(format!(
            "{} has too many replicas, generations or too long policies to be changed in all its Regions at once.",
            found.arn()
        ))),
    }
}
