//! The engine for one machine: `redb` behind one writer thread.
//!
//! One OS thread owns all writes. It drains its queue, takes each transaction in turn
//! against the state that the earlier ones left, makes one durable commit for all of
//! them, publishes their events, and only then answers: one flush serves every writer
//! that waited meanwhile. Readers use redb's snapshots and never wait for the writer;
//! a point read is short enough to be done where it is asked for.
//!
//! Every page's checksum is verified when the file is opened ([`Embedded::open`]); each
//! value is verified again by its own AEAD when it is read through
//! [`Sealed`](crate::Sealed).

mod apply;
mod check;
mod group;
mod guard;
mod leases;
mod log;
mod open;
mod row;
mod scan;
mod tables;
mod watch;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use redb::{Database, ReadTransaction, ReadableDatabase as _};
use tokio::sync::broadcast;

use guard::Guard;
pub use open::OpenError;
use scan::Pins;
use writer::{Request, Writer};

use crate::store::check_key;
use crate::{
    Batch, BatchStream, Committed, Entry, Epoch, Error, Key, LeaseId, Limits, OpId, Page, Result, Rev, Store,
    Txn,
};

/// Group commits that a watch may lag behind before it has to read the log instead.
const FEED_BATCHES: usize = 256;

/// A store in one directory, for one process.
pub struct Embedded {
    shared: Arc<Shared>,
    writer: Writer,
}

/// What readers, watches and the writer have in common.
struct Shared {
    // Dropped in this order: the file is closed before the lock on it is given up.
    pins: Pins,
    db: Database,
    guard: Guard,
    epoch: Epoch,
    rev: AtomicU64,
    feed: broadcast::Sender<Arc<[Batch]>>,
}

impl Embedded {
    /// Opens the store in `dir`, making it if there is none, and verifies all of it: blocks for as long
    /// as reading the whole file takes.
    ///
    /// # Errors
    ///
    /// See [`OpenError`]. Nothing is ever repaired by guessing: only a write that was torn by a crash,
    /// and so was never acknowledged, is rolled back.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        let opened = open::open(dir)?;
        let shared = Arc::new(Shared {
            pins: Pins::default(),
            db: opened.db,
            guard: opened.guard,
            epoch: opened.epoch,
            rev: AtomicU64::new(opened.rev.0),
            feed: broadcast::Sender::new(FEED_BATCHES),
        });
        let writer = Writer::start(Arc::clone(&shared), opened.leases).map_err(OpenError::Thread)?;
        Ok(Self { shared, writer })
    }
}

impl Embedded {
    /// Verifies the store in `dir`, which nobody may have open: every checksum, then every row, and
    /// that the tables agree with each other. Returns the newest revision.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn check_integrity(dir: &Path) -> Result<Rev, OpenError> {
        let opened = open::open(dir)?;
        let damaged = |error: Error| OpenError::Damaged {
            path: dir.join(open::FILE),
            why: open::describe(&error),
        };
        let txn = opened
            .db
            .begin_read()
            .map_err(|error| damaged(Error::other(error)))?;
        check::check(&txn).map_err(damaged)?;
        Ok(opened.rev)
    }

    async fn ask<T>(&self, request: impl FnOnce(writer::Answer<T>) -> Request) -> Result<T> {
        self.writer.ask(0, Error::Unknown(OpId::random()), request).await
    }
}

impl Shared {
    fn read(&self) -> Result<ReadTransaction> {
        self.db.begin_read().map_err(Error::other)
    }

    fn rev(&self) -> Rev {
        Rev(self.rev.load(Ordering::Acquire))
    }

    fn set_rev(&self, rev: Rev) {
        self.rev.store(rev.0, Ordering::Release);
    }
}

#[async_trait]
impl Store for Embedded {
    fn limits(&self) -> Limits {
        Limits::COMMON
    }

    async fn epoch(&self) -> Result<Epoch> {
        Ok(self.shared.epoch)
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        check_key(key, &self.limits())?;
        scan::get(&self.shared.read()?, key)
    }

    async fn scan(&self, prefix: &Key, after: Option<&Key>, limit: u32, at: Option<Rev>) -> Result<Page> {
        check_key(prefix, &self.limits())?;
        let limit = limit.clamp(1, self.limits().page_rows);
        self.shared.scan(prefix, after, limit, at)
    }

    async fn commit(&self, mut txn: Txn) -> Result<Committed> {
        txn.check(&self.limits())?;
        let op = txn.op_id();
        let size = txn.bytes();
        self.writer
            .ask(size, Error::Unknown(op), |answer| Request::Commit(txn, answer))
            .await
    }

    async fn read_index(&self) -> Result<Rev> {
        // Asked of the file: a reader may have seen a commit whose revision is not noted here yet.
        Ok(tables::revs(&self.shared.read()?)?.0)
    }

    async fn oldest(&self) -> Result<Rev> {
        Ok(tables::revs(&self.shared.read()?)?.1.next())
    }

    async fn watch(&self, prefix: &Key, from: Rev) -> Result<BatchStream> {
        watch::watch(&self.shared, prefix, from)
    }

    async fn lease_grant(&self, ttl: Duration) -> Result<LeaseId> {
        self.ask(|answer| Request::Grant(ttl, answer)).await
    }

    async fn lease_keepalive(&self, id: LeaseId) -> Result<Duration> {
        self.ask(|answer| Request::Keepalive(id, answer)).await
    }

    async fn lease_revoke(&self, id: LeaseId) -> Result<()> {
        self.ask(|answer| Request::Revoke(id, answer)).await
    }

    async fn compact(&self, keep_from: Rev) -> Result<()> {
        self.ask(|answer| Request::Compact(keep_from, answer)).await
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::Op;

    #[tokio::test]
    async fn writers_that_wait_together_share_a_flush() {
        const WRITERS: usize = 64;
        let directory = tempfile::tempdir().unwrap();
        let store = Embedded::open(directory.path()).unwrap();
        let mut groups = store.shared.feed.subscribe();

        let commits = (0..WRITERS).map(|number| {
            let mut txn = Txn::new();
            txn.op(Op::Put {
                key: Key::of(&["p", &number.to_string()]),
                value: "x".into(),
                lease: None,
            });
            store.commit(txn)
        });
        let committed = join_all(commits).await;

        let mut revisions = Vec::new();
        let mut flushes = 0;
        while let Ok(group) = groups.try_recv() {
            flushes += 1;
            revisions.extend(group.iter().map(|batch| batch.rev));
        }
        let answered: Vec<_> = committed
            .into_iter()
            .map(|committed| match committed {
                Ok(Committed::Ok(rev)) => rev,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(answered, revisions, "each writer has a revision of its own");
        assert!(flushes < WRITERS / 2, "{flushes} flushes for {WRITERS} writers");
    }
}
