//! When credentials were last used: noted with every request, written now and then.
//!
//! A write with every request would cost more than the request. So uses are noted in memory, which
//! [`State`] shares between all its revisions, and one task writes the newest of each key and role
//! every minute. What a crash takes is that minute; what is shown has always happened.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::quality::RandomState;
use kagiban_aws::{AccountId, Region, Timestamp};
use kagiban_store::Txn;

use crate::records::{AccessKey, LastUsed, Role, keys};
use crate::{Caller, Identity, State, Stored};

/// Marks of what was noted newest; a power of two.
const SLOTS: usize = 4096;
/// Parts of the map, each with a lock of its own; a power of two.
const SHARDS: usize = 16;

/// What was noted and is not written yet.
pub struct LastUses {
    /// Says for most requests that their key, service and Region were noted within the same second.
    newest: Box<[AtomicU64]>,
    shards: [Mutex<HashMap<Box<str>, Use>>; SHARDS],
    hashing: RandomState,
}

/// One use of a key or a role.
#[derive(Clone, Copy, Debug)]
struct Use {
    account: AccountId,
    at: Timestamp,
    service: &'static str,
    region: Region,
}

/// A transaction that writes uses, and which they are.
#[derive(Debug)]
pub struct Writing {
    /// Holds if none of the keys and roles has been deleted or changed since.
    pub txn: Txn,
    uses: Vec<(Box<str>, Timestamp)>,
}

impl Writing {
    /// As many as fit into a transaction with a condition each.
    const MAX: usize = 32;
}

impl Default for LastUses {
    fn default() -> LastUses {
        LastUses {
            newest: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            shards: Default::default(),
            hashing: RandomState::default(),
        }
    }
}

impl fmt::Debug for LastUses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastUses").finish_non_exhaustive()
    }
}

/// Who is noted: a long-term key by its id, a session by its role's.
// As on AWS, a user's own session counts for no key: it is none.
fn subject(caller: &Caller) -> Option<&str> {
    match (&caller.identity, caller.is_temporary()) {
        (Identity::Root | Identity::User(_), false) => Some(caller.access_key_id.as_str()),
        (Identity::Role(role), _) => Some(&role.id),
        (
            Identity::Anonymous
            | Identity::Node(_)
            | Identity::Root
            | Identity::User(_)
            | Identity::Federated(_),
            _,
        ) => None,
    }
}

impl LastUses {
    /// Notes that a caller has signed a request. Costs some nanoseconds, but for the first time in a
    /// second, which takes a lock that is next to never taken.
    pub fn note(&self, caller: &Caller, service: &'static str, region: Region, now: Timestamp) {
        let Some(id) = subject(caller) else { return };
        let mut hasher = self.hashing.build_hasher();
        id.hash(&mut hasher);
        let place = index(hasher.finish(), SLOTS);
        (service, region.as_str(), now.seconds()).hash(&mut hasher);
        let mark = hasher.finish();
        if self.newest[place].load(Ordering::Relaxed) == mark {
            return;
        }
        let account = caller.account;
        self.keep(
            id,
            Use {
                account,
                at: now,
                service,
                region,
            },
        );
        self.newest[place].store(mark, Ordering::Relaxed);
    }

    fn keep(&self, id: &str, new: Use) {
        let mut shard = self.shard(id);
        match shard.get_mut(id) {
            Some(kept) if kept.at >= new.at => {} // a request that took longer to get here
            Some(kept) => *kept = new,
            None => {
                shard.insert(id.into(), new);
            }
        }
    }

    fn shard(&self, id: &str) -> MutexGuard<'_, HashMap<Box<str>, Use>> {
        let place = index(self.hashing.hash_one(id), SHARDS);
        // Nothing in here panics, and a use that is missing would do no harm.
        self.shards[place].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, account: AccountId, id: &str) -> Option<LastUsed> {
        let kept = self.shard(id).get(id).copied();
        kept.filter(|kept| kept.account == account).map(LastUsed::from)
    }

    fn all(&self) -> Vec<(Box<str>, Use)> {
        let entries = self.shards.iter().flat_map(|shard| {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            let entries: Vec<_> = shard.iter().map(|(id, kept)| (id.clone(), *kept)).collect();
            entries
        });
        entries.collect()
    }

    fn forget(&self, id: &str, at: Timestamp) {
        let mut shard = self.shard(id);
        if shard.get(id).is_some_and(|kept| kept.at <= at) {
            shard.remove(id);
        }
    }

    /// The transactions that write what was noted. LastUses of what has been deleted are forgotten, as are
    /// those that another server has outdone.
    pub fn to_write(&self, state: &State) -> Vec<Writing> {
        let mut writings = Vec::new();
        for (id, noted) in self.all() {
            let written = state
                .account(noted.account)
                .and_then(|account| account.last_used.get(&id));
            let outdone = written.is_some_and(|written| written.at >= noted.at);
            let Some(owner) = Subject::find(state, noted.account, &id).filter(|_| !outdone) else {
                self.forget(&id, noted.at);
                continue;
            };
            if writings
                .last()
                .is_none_or(|last: &Writing| last.uses.len() >= Writing::MAX)
            {
                let (txn, uses) = (Txn::new(), Vec::new());
                writings.push(Writing { txn, uses });
            }
            let writing = writings.last_mut().expect("pushed above if there was none");
            owner.holds(noted.account, &mut writing.txn);
            writing
                .txn
                .put(keys::last_used(noted.account, &id), &LastUsed::from(noted));
            writing.uses.push((id, noted.at));
        }
        writings
    }

    /// Forgets what is in the store now, unless there has been a newer use.
    pub fn written(&self, writing: &Writing) {
        for (id, at) in &writing.uses {
            self.forget(id, *at);
        }
    }
}

fn index(hash: u64, len: usize) -> usize {
    usize::try_from(hash % len as u64).expect("less than a length")
}

impl From<Use> for LastUsed {
    fn from(noted: Use) -> LastUsed {
        LastUsed {
            at: noted.at,
            service: noted.service.to_owned(),
            region: noted.region,
            rest: Default::default(),
        }
    }
}

/// What uses are noted of, as long as it lives.
enum Subject<'s> {
    Key(&'s Stored<AccessKey>),
    Role(&'s Stored<Role>),
}

impl Subject<'_> {
    fn find<'s>(state: &'s State, account: AccountId, id: &str) -> Option<Subject<'s>> {
        let key = id.parse().ok().and_then(|id| state.access_key(id));
        match key.filter(|key| key.account == account) {
            Some(key) => Some(Subject::Key(key)),
            None => state.role_by_id(account, id).map(Subject::Role),
        }
    }

    /// The transaction only holds while this is there, so that its deletion leaves nothing behind.
    fn holds(&self, account: AccountId, txn: &mut Txn) {
        match self {
            Subject::Key(key) => txn.exists(keys::access_key(key.id)),
            Subject::Role(role) => txn.unchanged(keys::role(account, &role.name), Some(role.revision)),
        };
    }
}

impl State {
    /// When a long-term key or a role was last used, of memory and store the newest; by its id.
    pub fn last_used(&self, account: AccountId, id: &str) -> Option<LastUsed> {
        let noted = self.last_uses().of(account, id);
        let written = self
            .account(account)
            .and_then(|account| account.last_used.get(id));
        match (noted, written) {
            (Some(noted), Some(written)) if written.at > noted.at => Some(LastUsed::clone(written)),
            (None, Some(written)) => Some(LastUsed::clone(written)),
            (noted, _) => noted,
        }
    }
}
