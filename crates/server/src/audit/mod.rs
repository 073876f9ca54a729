//! The audit log: who did what, when, and by which rule; append-only and chained by hashes.
//!
//! Segments in one directory, one JSON object per line. Each line ends with the hash of the line
//! before and its own, so an edit, a removal or an insertion in the middle breaks the chain in a
//! place that [`verify`] names. Each segment opens with a head: the same chain, plus a MAC under a
//! key of the server's keyring over what came before. Somebody who can write the files, but does
//! not have the key, can therefore forge only what follows the newest head; the anchors that the
//! server puts in its store ([`anchor()`]) shrink that to the last seconds.
//!
//! Lines are written by whoever appends (see [`Urgency`]); one background thread writes what can
//! wait and flushes to disk. What is in here is never secret: names, ARNs, encryption contexts.

mod anchor;
mod chain;
mod command;
mod event;
mod find;
mod flusher;
mod line;
mod log;
mod members;
mod recover;
mod segment;
mod tip;
mod verify;
mod walk;

pub use anchor::{anchor, anchored};
pub use command::verify_command;
pub use event::{Event, Outcome};
pub use line::Hash;
pub use log::{Audit, AuditError, Options, Urgency};
pub use recover::OpenError;
pub use segment::HeadKey;
pub use tip::{Sequence, Tip};
pub use verify::{Report, SegmentReport, verify};
pub use walk::{Break, BreakKind};
