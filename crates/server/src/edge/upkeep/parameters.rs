//! Parameter policies when their time has come: parameters that expire are deleted, and notifications
//! are put into the audit log and the server's own.
//
// DIFFERS: AWS sends notifications to EventBridge; here there is none, so they are events of the audit
// log (`ExpirationNotification`, `NoChangeNotification`) and lines of the server's log.

use std::time::SystemTime;

use kagiban_aws::{Fault, Timestamp};
use kagiban_ssm::upkeep::{Due, Work, due};

use crate::edge::Edge;
use crate::edge::own::{Own, deed};

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
            let due = self.with_snapshot(|snapshot| due(&snapshot.world.ssm, now));
            if due.is_empty() {
                return;
            }
            for due in due {
                if self.carry_out_policy(&due).await.is_err() {
                    return;
                }
            }
        }
    }

    async fn carry_out_policy(&self, due: &Due) -> Result<(), Fault> {
        let done = self.commit_own(|snapshot, now| {
            let state = &snapshot.world.ssm;
            let due = due.anew(state, now)?;
            let event = deed("ssm", due.operation(), due.scope(), due.arn().to_string(), now);
            Some(Own {
                txn: due.txn(state, now),
                event: Some(event),
                output: due,
            })
        });
        if let Some(done) = done.await? {
            say(&done);
        }
        Ok(())
    }
}

fn say(done: &Due) {
    let (parameter, policy) = (done.arn(), done.operation());
    match done.work {
        Work::Delete => tracing::info!(%parameter, "a parameter has expired: it is deleted"),
        Work::Notify(_) => {
            tracing::warn!(%parameter, policy, "a policy of a parameter asks for attention");
        }
    }
}
