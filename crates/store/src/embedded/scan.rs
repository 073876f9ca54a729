//! Reads: one key, or a page, from the newest snapshot or from one held since an earlier page.

use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use redb::ReadTransaction;

use super::tables::{self, CUR};
use super::{Shared, row};
use crate::{Entry, Error, Key, Page, Result, Rev};

/// Values on one page: the row that passes this is the last.
const PAGE_BYTES: usize = 1 << 20;
/// Snapshots held at most; each keeps old pages of the file from being used again.
const MAX_PINS: usize = 4;
/// A reader that pauses longer than this starts again.
const PIN_IDLE: Duration = Duration::from_secs(30);

pub(super) fn get(txn: &ReadTransaction, key: &Key) -> Result<Option<Entry>> {
    let cur = txn.open_table(CUR).map_err(Error::other)?;
    let found = cur.get(key.as_bytes()).map_err(Error::other)?;
    found
        .map(|row| row::decode_entry(key.as_bytes(), row.value()))
        .transpose()
}

impl Shared {
    pub(super) fn scan(
        &self,
        prefix: &Key,
        after: Option<&Key>,
        limit: u32,
        at: Option<Rev>,
    ) -> Result<Page> {
        let Some(rev) = at else {
            return page(&self.read()?, prefix, after, limit);
        };
        let snapshot = self.pins.at(rev, || self.read())?;
        let page = page(&snapshot, prefix, after, limit)?;
        if page.next.is_some() {
            self.pins.hold(rev, snapshot);
        }
        Ok(page)
    }
}

fn page(txn: &ReadTransaction, prefix: &Key, after: Option<&Key>, limit: u32) -> Result<Page> {
    let cur = txn.open_table(CUR).map_err(Error::other)?;
    let start = match after {
        Some(after) if after >= prefix => Bound::Excluded(after.as_bytes()),
        _ => Bound::Included(prefix.as_bytes()),
    };
    let mut page = Page {
        rev: tables::revs(txn)?.0,
        entries: Vec::new(),
        next: None,
    };
    let mut bytes = 0;
    for found in cur
        .range::<&[u8]>((start, Bound::Unbounded))
        .map_err(Error::other)?
    {
        let (key, value) = found.map_err(Error::other)?;
        if !key.value().starts_with(prefix.as_bytes()) {
            break;
        }
        if page.entries.len() >= limit as usize || bytes > PAGE_BYTES {
            page.next = page.entries.last().map(|entry| entry.key.clone());
            break;
        }
        bytes += value.value().len();
        page.entries.push(row::decode_entry(key.value(), value.value())?);
    }
    Ok(page)
}

struct Pin {
    rev: Rev,
    snapshot: Arc<ReadTransaction>,
    used: Instant,
}

/// Snapshots of readers that are between two pages, such as a boot load.
#[derive(Default)]
pub(super) struct Pins(Mutex<Vec<Pin>>);

impl Pins {
    /// Takes the snapshot of `rev`: a held one, or the newest if that is it.
    fn at(&self, rev: Rev, newest: impl FnOnce() -> Result<ReadTransaction>) -> Result<Arc<ReadTransaction>> {
        let held = self.with(|pins| {
            pins.iter()
                .find(|pin| pin.rev == rev)
                .map(|pin| Arc::clone(&pin.snapshot))
        });
        if let Some(snapshot) = held {
            return Ok(snapshot);
        }
        let newest = newest()?;
        if tables::revs(&newest)?.0 == rev {
            Ok(Arc::new(newest))
        } else {
            Err(Error::Compacted)
        }
    }

    fn hold(&self, rev: Rev, snapshot: Arc<ReadTransaction>) {
        self.with(|pins| {
            pins.retain(|pin| pin.rev != rev);
            if pins.len() == MAX_PINS {
                pins.remove(0);
            }
            pins.push(Pin {
                rev,
                snapshot,
                used: Instant::now(),
            });
        });
    }

    /// Lets go of snapshots whose reader has gone.
    pub(super) fn release_idle(&self) {
        self.with(|_| ());
    }

    fn with<T>(&self, then: impl FnOnce(&mut Vec<Pin>) -> T) -> T {
        let mut pins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pins.retain(|pin| pin.used.elapsed() < PIN_IDLE);
        then(&mut pins)
    }
}
