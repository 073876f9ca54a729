//! Records that memory does not hold, read for one request.

use std::sync::Arc;

use kagiban_aws::Fault;
use kagiban_store::{Entry, Error, Key, Memory, Rev, Root, Store};

use super::World;
use super::answer::unavailable;

const PAGE_ROWS: u32 = 500;

/// Records that memory does not hold, and the snapshot of the revision that they were read at.
pub(super) struct Cold {
    root: Arc<Root<World>>,
    entries: Vec<Entry>,
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
            Ok(entries) => Ok(Some(Cold { root, entries })),
            Err(Error::Compacted) => memory.barrier().await.map(|()| None),
            Err(error) => Err(error),
        };
        fetched.map_err(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "records could not be read");
            unavailable()
        })
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
