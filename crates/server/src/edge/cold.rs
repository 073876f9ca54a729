//! What memory does not hold, read for one request: records, and lines of the audit log.

use std::io;
use std::sync::Arc;

use kagiban_aws::Fault;
use kagiban_store::{Entry, Error, Key, Memory, Rev, Root, Store};
use tokio::sync::Semaphore;

use super::World;
use super::answer::unavailable;
use crate::audit::Audit;

const PAGE_ROWS: u32 = 500;

/// Records that memory does not hold, and the snapshot of the revision that they were read at.
pub(super) struct Cold {
    root: Arc<Root<World>>,
    entries: Vec<Entry>,
    /// What the audit log says, if that was asked for.
    recalled: Option<Vec<u8>>,
}

impl Cold {
    /// Reads the records under these prefixes as they were at the snapshot's revision: older or newer
    /// ones would not fit it. None if the store has moved on meanwhile; the next snapshot is newer then.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub(super) async fn fetch(
        memory: &Memory<World>,
        root: Arc<Root<World>>,
        prefixes: &[Key],
    ) -> Result<Option<Cold>, Fault> {
        let fetched = match scan(&**memory.store(), root.rev, prefixes).await {
            Ok(entries) => Ok(Some(Cold {
                root,
                entries,
                recalled: None,
            })),
            Err(Error::Compacted) => memory.barrier().await.map(|()| None),
            Err(error) => Err(error),
        };
        fetched.map_err(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "records could not be read");
            unavailable()
        })
    }

    /// What the audit log says of an earlier request, if it has it.
    ///
    /// # Errors
    ///
    /// `TooManyRequestsException` while somebody else is searching: it is hard work.
    pub(super) async fn recall(
        audit: &Arc<Audit>,
        searching: &Semaphore,
        root: Arc<Root<World>>,
        request_id: String,
    ) -> Result<Cold, Fault> {
        let Ok(_searching) = searching.try_acquire() else {
            let busy = "the audit log is being searched already; try again";
            return Err(Fault::sender("TooManyRequestsException", busy));
        };
        let audit = Arc::clone(audit);
        let found = tokio::task::spawn_blocking(move || audit.find(&request_id)).await;
        let recalled = found.map_err(io::Error::other).flatten().map_err(|error| {
            tracing::error!(%error, "the audit log could not be searched");
            unavailable()
        })?;
        Ok(Cold {
            root,
            entries: Vec::new(),
            recalled,
        })
    }

    /// The audit log's line.
    pub(super) fn recalled(&self) -> Option<&[u8]> {
        self.recalled.as_deref()
    }

    /// What to decide on together with the records.
    pub(super) fn root(&self) -> &Arc<Root<World>> {
        &self.root
    }

    /// The records, one prefix after another, each in key order.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

async fn scan(store: &dyn Store, rev: Rev, prefixes: &[Key]) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    for prefix in prefixes {
        let mut after = None;
        loop {
            let page = store.scan(prefix, after.as_ref(), PAGE_ROWS, Some(rev)).await?;
            entries.extend(page.entries);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(entries)
}
