//! Why the store could not do as asked.

use crate::{Key, OpId};

/// The store's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the store could not do as asked. A failed condition is no error, see
/// [`Committed`](crate::Committed).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The revision's history is gone: read everything again.
    #[error("the history of this revision is gone; read again from the newest")]
    Compacted,
    /// The lease has expired or was never granted.
    #[error("the lease is gone")]
    LeaseGone,
    /// A key, a value or a whole transaction is too big.
    #[error("{what} has {bytes} bytes; at most {limit} are allowed")]
    TooLarge {
        /// What is too big, in words.
        what: &'static str,
        /// How big it is.
        bytes: usize,
        /// How big it may be.
        limit: usize,
    },
    /// Too many conditions, operations, or keys under a deleted prefix.
    #[error("{count} {what} in one transaction; at most {limit} are allowed")]
    TooManyOps {
        /// What there is too much of, in words.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A transaction names a key twice, or names one under a prefix that it deletes.
    #[error("key `{0}` occurs twice in one transaction")]
    DuplicateKey(Key),
    /// A transaction's prefix would match a part's longer siblings too.
    #[error("prefix `{0}` ends inside a part; use `Key::under`")]
    PrefixBoundary(Key),
    /// The key belongs to the sealing itself.
    #[error("key `{0}` belongs to the sealing and is not for callers")]
    Reserved(Key),
    /// The engine cannot be reached or has stopped; nothing was written.
    #[error("the store is unavailable")]
    Unavailable,
    /// Whether the transaction was written is not known; see [`resolve`](crate::resolve).
    #[error("the outcome of the transaction is not known")]
    Unknown(OpId),
    /// What was read cannot be what was written.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// A record was written by a newer version than this one.
    #[error(
        "record kind {kind} has schema {found}, newer than {known}, the newest known here; upgrade this server"
    )]
    NewerSchema {
        /// The record's kind.
        kind: u16,
        /// The schema found.
        found: u16,
        /// The newest schema this build reads.
        known: u16,
    },
    /// Anything else that an engine reports.
    #[error("the storage engine failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Wraps an engine's own error.
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}
