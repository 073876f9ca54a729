//! Changes that nobody asked for: what the server does by itself because its time has come, or because
//! something has happened to a connection that it holds.
//!
//! They are made as requests' changes are: decided on one snapshot, committed under the condition that
//! what was read still stands, decided anew if it does not, and audited in the same transaction.

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use kagiban_aws::{Fault, Timestamp};
use kagiban_iam::Scope;
use kagiban_store::{Rev, Txn};

use super::world::Snapshot;
use super::{Edge, MAX_TURNS, Note};
use crate::audit::Event;
use crate::config::IssuerFetch;
use crate::issuers::reach::may_reach;

/// A change as it was decided on one snapshot.
#[derive(Debug)]
pub struct Own<T = ()> {
    /// Everything that is written, under the condition that what it was decided on still stands.
    pub txn: Txn,
    /// What the audit log is told, in the same transaction; nothing of what only keeps the server's own
    /// books, such as when somebody was last heard of.
    pub event: Option<Event<'static>>,
    /// For whoever commits it, once it is committed.
    pub output: T,
}

impl Edge {
    /// Decides on the newest snapshot and commits what is decided; if somebody was faster, decides anew.
    ///
    /// `decide` gets the time, too, which does not change from turn to turn, and gives `None` if there is
    /// nothing to do (any more). It is called at least once and performs no I/O: it holds up the thread.
    ///
    /// Returns the output of what was committed, in this server's memory by then, or `None` if nothing
    /// was to be done.
    ///
    /// # Errors
    ///
    /// If nothing can be written at present, or somebody was faster each time. The log has been told why;
    /// whoever has more to do should leave it for later.
    pub async fn commit_own<T>(
        &self,
        mut decide: impl FnMut(Snapshot<'_>, Timestamp) -> Option<Own<T>>,
    ) -> Result<Option<T>, Fault> {
        let now = Timestamp::from(SystemTime::now());
        let mut turn = None;
        for _ in 0..MAX_TURNS {
            let Some(Own { txn, event, output }) = self.with_snapshot(|snapshot| decide(snapshot, now))
            else {
                return Ok(None);
            };
            let line = self.queue.line(&txn);
            if self.commit_quietly_or_told(txn, event).await?.is_some() {
                return Ok(Some(output));
            }
            if turn.is_none() {
                turn = Some(self.queue.stand(line).await);
            }
        }
        tracing::error!("a change of the server's own lost every race; trying again later");
        Err(Fault::bare("TooManyUpdates"))
    }

    /// Gives what requests are answered from, as of now.
    pub fn with_snapshot<R>(&self, see: impl FnOnce(Snapshot<'_>) -> R) -> R {
        let root = self.memory.snapshot();
        let issuers = self.issuers.known();
        see(Snapshot {
            world: &root.state,
            keys: &self.keys,
            issuers: &issuers,
            public: &self.public,
            presence: &self.presence,
            streams: &self.streams,
            delivers_to: self.delivers_to(),
        })
    }

    /// What is a matter of the operator's setting, and never of what is there today: an address of this
    /// machine's network may be another's tomorrow.
    pub(super) fn delivers_to(&self) -> fn(IpAddr) -> bool {
        match self.webhook_reach {
            IssuerFetch::Network => |address| may_reach(address, IssuerFetch::Network),
            // What is off now waits.
            IssuerFetch::Anywhere | IssuerFetch::Never => |_| true,
        }
    }

    async fn commit_quietly_or_told(
        &self,
        txn: Txn,
        event: Option<Event<'static>>,
    ) -> Result<Option<Rev>, Fault> {
        let Some(event) = event else {
            return self.write(txn).await;
        };
        let committed = self.commit(txn, &Note::from(event)).await?;
        if let Some(rev) = committed {
            self.changed.fetch_max(rev.0, Ordering::Relaxed);
        }
        Ok(committed)
    }
}

/// What the audit log is told when the server does something by itself to what belongs to an account.
pub fn deed(
    service: &'static str,
    operation: &'static str,
    scope: Scope,
    resource: String,
    now: Timestamp,
) -> Event<'static> {
    Event {
        service,
        account: Some(scope.account),
        region: Some(scope.region),
        ..Event::own(now, operation, resource.into())
    }
}
