//! Deleted parameters whose time is over: destroyed. It is decided in `kagiban_ssm::purge`; here it is
//! committed, with an event of the server's own.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use kagiban_aws::Timestamp;
use kagiban_ssm::purge::{Due, WORK, due};

use super::{Edge, Note};
use crate::audit::Event;

impl Edge {
    /// Destroys what was deleted long enough ago. What cannot be done at present stays due.
    pub async fn purge_parameters(&self) {
        if !self.memory.ready() {
            return;
        }
        let now = Timestamp::from(SystemTime::now());
        let due = due(&self.memory.snapshot().state.ssm, now);
        let mut purged = 0_usize;
        for due in &due {
            match self.commit(due.txn(), &note(due, now)).await {
                Ok(Some(rev)) => {
                    self.changed.fetch_max(rev.0, Ordering::Relaxed);
                    purged += 1;
                }
                Ok(None) => {}   // brought back or deleted anew since: the next turn looks again
                Err(_) => break, // the log has been told why
            }
        }
        if purged > 0 {
            tracing::info!(purged, "deleted parameters whose time was over are destroyed");
        }
    }
}

fn note(due: &Due, now: Timestamp) -> Note {
    let (scope, arn) = (due.scope(), due.arn());
    Note::from(Event {
        service: "ssm",
        account: Some(scope.account),
        region: Some(scope.region),
        ..Event::own(now, WORK, arn.as_str().into())
    })
}
