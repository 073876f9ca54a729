//! When keys were last used: noted with every use, written now and then.
//!
//! A write with every use would cost more than the use. So uses are noted in memory, which all
//! revisions of [`State`] share, and one task writes the newest of each key. What a crash takes is
//! what was not written yet; what is shown has always happened.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::quality::RandomState;
use kagiban_iam::{Call, Scope};
use kagiban_store::Txn;

use crate::records::{LastUsage, keys};
use crate::{Found, KmsError, State, View};

/// Marks of what was noted newest; a power of two.
const SLOTS: usize = 4096;

/// As many as fit into a transaction with a condition each.
const AT_ONCE: usize = 32;

/// A key's place.
type Place = (Scope, Box<str>);

/// What was noted and is not written yet.
pub struct LastUsages {
    /// Says for most uses that their key and operation were noted within the same second.
    newest: Box<[AtomicU64]>,
    noted: Mutex<HashMap<Place, LastUsage>>,
    hashing: RandomState,
}

/// A transaction that writes uses, and which they are.
#[derive(Debug)]
pub struct Writing {
    /// Holds if none of the keys has been destroyed.
    pub txn: Txn,
    uses: Vec<(Place, LastUsage)>,
}

impl Default for LastUsages {
    fn default() -> LastUsages {
        LastUsages {
            newest: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            noted: Mutex::default(),
            hashing: RandomState::default(),
        }
    }
}

impl fmt::Debug for LastUsages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastUsages").finish_non_exhaustive()
    }
}

impl LastUsages {
    /// Takes a lock at most once a second for each key and operation.
    fn note(&self, found: &Found, operation: &str, call: &Call<'_>) {
        let at = call.facts.now;
        let mut hasher = self.hashing.build_hasher();
        (found.scope, &found.key.id, operation).hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % SLOTS as u64).expect("less than a length");
        at.seconds().hash(&mut hasher);
        let mark = hasher.finish();
        if self.newest[place].load(Ordering::Relaxed) == mark {
            return;
        }
        let new = LastUsage {
            at,
            operation: operation.to_owned(),
            request_id: call.facts.request_id.clone(),
            rest: Default::default(),
        };
        let place_of_key = (found.scope, found.key.id.as_str().into());
        let mut noted = self.lock();
        if noted.get(&place_of_key).is_none_or(|kept| kept.at <= at) {
            noted.insert(place_of_key, new);
        }
        self.newest[place].store(mark, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Place, LastUsage>> {
        // Nothing in here panics, and a use that is missing would do no harm.
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The transactions that write what was noted. Uses of keys that are gone are forgotten.
    pub fn to_write(&self, state: &State) -> Vec<Writing> {
        let mut noted = self.lock();
        noted.retain(|(scope, id), _| {
            let keyring = state.keyring(*scope);
            keyring.is_some_and(|keyring| keyring.keys.contains_key(id))
        });
        let uses: Vec<_> = noted
            .iter()
            .map(|(place, used)| (place.clone(), used.clone()))
            .collect();
        drop(noted);
        uses.chunks(AT_ONCE).map(Writing::of).collect()
    }

    /// Forgets what is in the store now, unless there has been a newer use.
    pub fn written(&self, writing: &Writing) {
        let mut noted = self.lock();
        for (place, written) in &writing.uses {
            if noted.get(place).is_some_and(|kept| kept.at <= written.at) {
                noted.remove(place);
            }
        }
    }
}

impl Writing {
    fn of(uses: &[(Place, LastUsage)]) -> Writing {
        let mut txn = Txn::new();
        for ((scope, id), used) in uses {
            txn.exists(keys::key(*scope, id))
                .put(keys::last_usage(*scope, id), used);
        }
        Writing {
            txn,
            uses: uses.to_vec(),
        }
    }
}

impl State {
    /// When a key was last used, of memory and store the newer; by its id.
    pub fn last_usage(&self, scope: Scope, id: &str) -> Option<LastUsage> {
        let noted = self.last_usages().lock().get(&(scope, id.into())).cloned();
        let written = self.keyring(scope).and_then(|keyring| keyring.used.get(id));
        let written = written.map(|written| LastUsage::clone(written));
        noted.into_iter().chain(written).max_by_key(|used| used.at)
    }
}

impl View<'_> {
    /// Comes after all that could refuse a use of a key: ends a dry run, and notes the use otherwise.
    ///
    /// # Errors
    ///
    /// `DryRun`.
    pub(crate) fn begin_use(
        &self,
        found: &Found,
        operation: &str,
        dry_run: bool,
        call: &Call<'_>,
    ) -> Result<(), KmsError> {
        if dry_run {
            return Err(KmsError::DryRun);
        }
        self.kms.last_usages().note(found, operation, call);
        Ok(())
    }
}
