//! Kagiban's storage: one ordered key space of small sealed records, one revision
//! counter, compare-and-commit transactions, watch from a revision, and leases.
//!
//! This is etcd's model. [`Embedded`] gives it on one machine over `redb`; an
//! engine for etcd gives it to a cluster. Services see neither: they read a
//! [`Memory`] state and hand back a [`Txn`] that holds only if what they read
//! still stands.
//!
//! ```text
//! service ── view ──> Memory<S> ── watch, scan ──┐
//!    └────── Txn ───> Memory<S> ── commit ──> Sealed<E> ── envelopes ──> Embedded
//! ```
//!
//! Values are plaintext *frames* ([`record`]) above [`Sealed`], and ciphertext
//! below it. Keys are never encrypted: whoever reads the store's file learns
//! names, paths and account numbers.

pub mod base64_bytes;
mod embedded;
mod entry;
mod error;
mod ids;
mod key;
mod limits;
mod map;
mod memory;
pub mod record;
mod seal;
mod store;
mod txn;
mod unknown;

pub use embedded::{Embedded, OpenError};
pub use entry::{Batch, Entry, Event, Page};
pub use error::{Error, Result};
pub use ids::{Epoch, LeaseId, OpId, Rev};
pub use key::Key;
pub use limits::Limits;
pub use map::HashMap;
pub use memory::{Memory, Prepared, Reading, Root, State};
pub use record::Record;
pub use seal::{Argon2Cost, KeyFile, Passphrase, Seal, SealError, Sealed};
pub use store::{BatchStream, Store, resolve};
pub use txn::{Committed, Cond, Op, Txn};
pub use unknown::Unknown;
