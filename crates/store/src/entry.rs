//! What comes out of a store: entries, pages of them, and events.

use std::fmt;

use bytes::Bytes;

use crate::{Key, LeaseId, OpId, Record, Result, Rev, record};

/// One live key with its value.
#[derive(Clone, Eq, PartialEq)]
pub struct Entry {
    /// Where it lives.
    pub key: Key,
    /// A plaintext frame above [`Sealed`](crate::Sealed), an envelope below it.
    pub value: Bytes,
    /// The revision that made the key, after its last deletion if there was one.
    pub create_rev: Rev,
    /// The revision that wrote this value.
    pub mod_rev: Rev,
    /// The lease that the key dies with.
    pub lease: Option<LeaseId>,
    /// The operation that wrote this value; known above [`Sealed`](crate::Sealed) only.
    pub op: Option<OpId>,
}

impl Entry {
    /// Decodes the value as a record.
    ///
    /// # Errors
    ///
    /// As [`record::decode`].
    pub fn record<R: Record>(&self) -> Result<R> {
        record::decode(&self.value)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({} @{} {} B)", self.key, self.mod_rev, self.value.len())
    }
}

/// Some entries in key order, all of one revision.
#[derive(Clone, Debug)]
pub struct Page {
    /// The revision at which the page was read.
    pub rev: Rev,
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where to go on, as the next scan's `after`; `None` at the end.
    pub next: Option<Key>,
}

/// One key's change.
#[derive(Clone, Eq, PartialEq)]
pub struct Event {
    /// The key that changed.
    pub key: Key,
    /// The revision of the change: the key's new `mod_rev`.
    pub mod_rev: Rev,
    /// The new value; `None` for a deletion.
    pub value: Option<Bytes>,
}

impl Event {
    /// Decodes the new value as a record; `None` for a deletion.
    ///
    /// # Errors
    ///
    /// As [`record::decode`].
    pub fn record<R: Record>(&self) -> Result<Option<R>> {
        self.value.as_deref().map(record::decode).transpose()
    }
}

impl From<Entry> for Event {
    fn from(entry: Entry) -> Self {
        Self {
            key: entry.key,
            mod_rev: entry.mod_rev,
            value: Some(entry.value),
        }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.value.is_some() { "put" } else { "delete" };
        write!(f, "Event({what} {} @{})", self.key, self.mod_rev)
    }
}

/// All events of one revision.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Batch {
    /// The revision.
    pub rev: Rev,
    /// Its events; a watch of a prefix gets those under it only.
    pub events: Vec<Event>,
}
