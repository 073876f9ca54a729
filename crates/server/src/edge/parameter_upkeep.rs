//! Parameter policies when their time has come: parameters that expire are deleted, and notifications
//! are put into the audit log and the server's own. It is decided in `kagiban_ssm::upkeep`; here it is
//! committed, with an event of the server's own.
//
// DIFFERS: AWS sends notifications to EventBridge; here there is none, so they are events of the audit
// log (`ExpirationNotification`, `NoChangeNotification`) and lines of the server's log.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use kagiban_aws::Timestamp;
use kagiban_ssm::State;
use kagiban_ssm::upkeep::{Due, Work, due};

use super::{Edge, Note};
use crate::audit::Event;

/// How often what is due is asked for in one turn: each time tells the next thing of each parameter,
/// and a parameter has at most ten policies.
const ROUNDS: usize = 10;

impl Edge {
    /// Does what is due about parameters now. What cannot be done at present stays due.
    pub async fn look_after_parameters(&self) {
        for _ in 0..ROUNDS {
            if !self.memory.ready() {
                return;
            }
            let now = Timestamp::from(SystemTime::now());
            let root = self.memory.snapshot();
            let state = &root.state.ssm;
            let due = due(state, now);
            if due.is_empty() {
                return;
            }
            for due in due {
                if !self.carry_out_policy(&due, state, now).await {
                    return;
                }
            }
        }
    }

    /// Whether the store takes more. The parameter may have changed since: then nothing is done, and
    /// the next round looks at it anew.
    async fn carry_out_policy(&self, due: &Due, state: &State, now: Timestamp) -> bool {
        match self.commit(due.txn(state, now), &note(due, now)).await {
            Ok(Some(rev)) => {
                self.changed.fetch_max(rev.0, Ordering::Relaxed);
                say(due);
                true
            }
            Ok(None) => true,
            Err(_) => false, // the log has been told why
        }
    }
}

fn note(due: &Due, now: Timestamp) -> Note {
    let arn = due.arn();
    let scope = due.scope();
    Note::from(Event {
        service: "ssm",
        account: Some(scope.account),
        region: Some(scope.region),
        ..Event::own(now, due.operation(), arn.as_str().into())
    })
}

fn say(due: &Due) {
    let (parameter, policy) = (due.arn(), due.operation());
    match due.work {
        Work::Delete => tracing::info!(%parameter, "a parameter has expired: it is deleted"),
        Work::Notify(_) => {
            tracing::warn!(%parameter, policy, "a policy of a parameter asks for attention");
        }
    }
}
