//! The queue of those whose change lost the race against another one.
//!
//! Changes are decided without a lock, and most never meet. When many writers want the same record,
//! one of them gets it with each flush and all others have decided in vain; whoever lost once stands
//! in line, so that from then on one of them at a time tries again. It is no lock: who has not lost
//! yet does not wait, and the conditions of the transaction decide as ever.

use std::hash::{BuildHasher as _, RandomState};

use kagiban_store::{Cond, Txn};
use tokio::sync::{Mutex, MutexGuard};

/// Lines to stand in; records that share one only wait a little for each other.
const LINES: usize = 64;

/// Which line belongs to a change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line(usize);

/// The lines.
pub(super) struct Queue {
    lines: [Mutex<()>; LINES],
    hash: RandomState,
}

impl Queue {
    pub(super) fn new() -> Queue {
        Queue {
            lines: std::array::from_fn(|_| Mutex::new(())),
            hash: RandomState::new(),
        }
    }

    /// The line of whoever wants to change the same record.
    pub(super) fn line(&self, txn: &Txn) -> Line {
        let contended = txn.conds().first().map(Cond::key);
        let place = self.hash.hash_one(contended) % LINES as u64;
        Line(usize::try_from(place).unwrap_or_default())
    }

    /// Waits for one's turn; first come, first served. The turn lasts until what is returned is dropped.
    pub(super) async fn stand(&self, line: Line) -> MutexGuard<'_, ()> {
        self.lines[line.0].lock().await
    }
}
