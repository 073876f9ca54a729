//! The chain's end, kept where who can write the log's files cannot reach: in the sealed store.
//!
//! Heads authenticate everything up to the newest one; the anchor vouches for what came after it.
//! Who rewrites or cuts off the end of the log must therefore leave the seconds before the anchor
//! alone, or is found out by `doctor` and by the next start.

use kagiban_store::{Error, Key, Record, Store, Txn, Unknown};
use serde::{Deserialize, Serialize};

use super::{Hash, Sequence, Tip};

#[derive(Debug, Deserialize, Serialize)]
struct Anchor {
    segment: u64,
    sequence: u64,
    hash: Hash,
    #[serde(flatten)]
    rest: Unknown,
}

impl Record for Anchor {
    const KIND: u16 = 0x0402;
    const SCHEMA: u16 = 1;
}

fn place() -> Key {
    Key::of(&["sys", "audit", "embedded", "anchor"])
}

/// The tip that was last anchored; `None` in a store that no server has served for long.
///
/// # Errors
///
/// As [`Store::get`], or the record does not parse.
pub async fn anchored(store: &dyn Store) -> Result<Option<Tip>, Error> {
    let Some(entry) = store.get(&place()).await? else {
        return Ok(None);
    };
    let anchor: Anchor = entry.record()?;
    Ok(Some(Tip {
        segment: anchor.segment,
        sequence: Sequence(anchor.sequence),
        hash: anchor.hash,
    }))
}

/// Anchors a tip, which must be on the disk: an anchor ahead of it would look like lines cut off
/// after the power has failed.
///
/// # Errors
///
/// As [`Store::commit`].
pub async fn anchor(store: &dyn Store, tip: Tip) -> Result<(), Error> {
    let anchor = Anchor {
        segment: tip.segment,
        sequence: tip.sequence.0,
        hash: tip.hash,
        rest: Unknown::default(),
    };
    let mut txn = Txn::new();
    txn.put(place(), &anchor);
    store.commit(txn).await?; // without a condition it cannot fail on one
    Ok(())
}
