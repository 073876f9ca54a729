//! What is known of a request while it is served, and how far an attempt at it or a turn of it got.

use std::sync::Arc;

use kagiban_aws::Fault;
use kagiban_aws::wire::Raw;
use kagiban_iam::{ProviderUrl, Wait};
use kagiban_store::{Key, Rev, Root, Txn};
use tokio::time::Instant;

use super::cold::Cold;
use super::note::Note;
use super::queue::Line;
use super::slow::Turn as SlowTurn;
use super::table::Row;
use super::world::World;
use crate::audit::{Sequence, Urgency};
use crate::request_id::RequestId;

/// What a request asks for.
pub(super) struct Asked<'r> {
    pub(super) row: &'r Row,
    pub(super) raw: Raw<'r>,
    pub(super) id: RequestId,
}

impl<'r> Asked<'r> {
    pub(super) fn new(row: &'r Row, raw: Raw<'r>, id: RequestId) -> Asked<'r> {
        Asked { row, raw, id }
    }
}

/// What has been fetched for a request between its turns.
#[derive(Default)]
pub(super) struct Known {
    pub(super) cold: Option<Cold>,
    /// How often records were fetched for it since it was last begun anew.
    pub(super) fetched: u8,
    /// Whether it has been let through once.
    pub(super) admitted: bool,
    /// Whether an identity provider has been asked; what came of it, everybody knows.
    pub(super) asked: bool,
    /// The newest revision when it first had to wait, and when that was.
    pub(super) since: Option<Rev>,
    pub(super) begun: Option<Instant>,
    /// Whether it has waited as long as it wanted, or as it may.
    pub(super) waited: bool,
    /// Its turn to take long, for the next attempt.
    pub(super) slow: Option<SlowTurn>,
}

impl Known {
    /// What was read fits the snapshot it was read for, and no newer one.
    pub(super) fn forget(&mut self) {
        self.cold = None;
        self.fetched = 0;
    }
}

/// How far an attempt got on its snapshot.
pub(super) enum Attempt {
    /// It needs the keys of an identity provider who has not been asked.
    Ask(ProviderUrl),
    /// It needs records that memory does not hold, of this snapshot's revision.
    Cold(Arc<Root<World>>, Vec<Key>),
    /// It needs to know what the audit log says of this request.
    Recall(Arc<Root<World>>, String),
    /// There is nothing to tell until something happens.
    Wait(Wait),
    /// It will take long, on behalf of this user or role.
    Slow(String),
    /// It is over, and its audit event is among those that are being written.
    Ended {
        outcome: Result<Vec<u8>, Fault>,
        audited: Sequence,
        urgency: Urgency,
    },
    /// It holds once this is committed.
    Change {
        txn: Txn,
        outcome: Result<Vec<u8>, Fault>,
        note: Box<Note>,
    },
}

/// How a turn ended, unless it ended in a fault.
pub(super) enum Turn {
    Answer(Vec<u8>),
    /// An identity provider is to be asked for its keys.
    Ask(ProviderUrl),
    /// Somebody was faster.
    Again(Line),
    /// Records are needed that memory does not hold, of this snapshot's revision.
    Fetch(Arc<Root<World>>, Vec<Key>),
    /// The audit log has to be asked about this request.
    Recall(Arc<Root<World>>, String),
    /// Something has to happen first.
    Wait(Wait),
    /// Others, too, want what takes long; it is done for this user or role.
    Slow(String),
}
