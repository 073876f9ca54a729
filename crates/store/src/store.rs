//! The trait that every engine implements, with the rules it keeps.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use crate::{Batch, Committed, Entry, Epoch, Error, Key, LeaseId, Limits, Op, OpId, Page, Result, Rev, Txn};

/// Batches in revision order, ending after the first error.
pub type BatchStream = BoxStream<'static, Result<Batch>>;

/// An ordered key space with revisions, conditional transactions, watches and leases.
///
/// Rules every engine keeps:
/// 1. A key occurs at most once among a transaction's operations.
/// 2. Reads never return half a transaction; a batch is a whole revision.
/// 3. A watch never skips; if it cannot go on, it ends with an error.
/// 4. A lease's end is an ordinary commit: it takes a revision and emits deletions.
/// 5. [`Error::Unknown`] means that the outcome is not known; see [`resolve`].
/// 6. Times are never compared across nodes.
/// 7. What a commit wrote is in the open watches of the same engine before the commit is answered,
///    where the engine can do so.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// What fits.
    fn limits(&self) -> Limits;

    /// The id of this store's life.
    async fn epoch(&self) -> Result<Epoch>;

    /// Linearizable read of one key.
    async fn get(&self, key: &Key) -> Result<Option<Entry>>;

    /// One page of the keys that begin with `prefix`, in key order, after `after`.
    ///
    /// `at: None` reads the newest state, linearizable. `at: Some(rev)` reads that revision, or
    /// refuses with [`Error::Compacted`]; an engine may support it only for a reader that began when
    /// `rev` was the newest and has not stopped since.
    async fn scan(&self, prefix: &Key, after: Option<&Key>, limit: u32, at: Option<Rev>) -> Result<Page>;

    /// Writes all of the transaction, or nothing. Durable when answered.
    async fn commit(&self, txn: Txn) -> Result<Committed>;

    /// The newest revision, linearizable.
    async fn read_index(&self) -> Result<Rev>;

    /// The oldest revision that [`Store::watch`] can begin at.
    async fn oldest(&self) -> Result<Rev>;

    /// The events with `mod_rev >= from`, in revision order, all of a revision in one batch.
    async fn watch(&self, prefix: &Key, from: Rev) -> Result<BatchStream>;

    /// Grants a lease that expires `ttl` after its last sign of life.
    async fn lease_grant(&self, ttl: Duration) -> Result<LeaseId>;

    /// Keeps a lease alive; returns its time to live.
    async fn lease_keepalive(&self, id: LeaseId) -> Result<Duration>;

    /// Ends a lease and deletes its keys.
    async fn lease_revoke(&self, id: LeaseId) -> Result<()>;

    /// Forgets the history before `keep_from`.
    async fn compact(&self, keep_from: Rev) -> Result<()>;
}

/// Finds out whether the transaction whose outcome was [`Error::Unknown`] was written.
///
/// Returns `Some(rev)` if one of its values is in place, `None` if none is: then it was not
/// written, or another writer has since replaced all it wrote, and deciding anew is right either way.
///
/// # Errors
///
/// As [`Store::get`].
pub async fn resolve(store: &dyn Store, txn: &Txn, op: OpId) -> Result<Option<Rev>> {
    for put in txn.ops() {
        let Op::Put { key, .. } = put else { continue };
        if let Some(entry) = store.get(key).await?.filter(|entry| entry.op == Some(op)) {
            return Ok(Some(entry.mod_rev));
        }
    }
    Ok(None)
}

/// Refuses a key that no engine would take.
pub(crate) fn check_key(key: &Key, limits: &Limits) -> Result<()> {
    if key.len() > limits.key_bytes {
        return Err(Error::TooLarge {
            what: "key",
            bytes: key.len(),
            limit: limits.key_bytes,
        });
    }
    Ok(())
}
