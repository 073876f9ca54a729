//! Sessions that ended long ago: forgotten.

use std::borrow::Cow;
use std::time::SystemTime;

use kagiban_aws::{Fault, Timestamp};
use kagiban_ssm::sessions::upkeep::{Due, WORK, due};

use crate::audit::Event;
use crate::edge::Edge;
use crate::edge::own::{Own, deed};

impl Edge {
    /// Forgets the sessions whose time in the history is over. What cannot be done at present stays due.
    pub async fn forget_sessions(&self) {
        if !self.memory.ready() {
            return;
        }
        let now = Timestamp::from(SystemTime::now());
        for due in self.with_snapshot(|snapshot| due(&snapshot.world.ssm, now)) {
            if self.forget(&due).await.is_err() {
                return; // the log has been told why
            }
        }
    }

    async fn forget(&self, due: &Due) -> Result<Option<()>, Fault> {
        self.commit_own(|snapshot, now| {
            let due = due.anew(&snapshot.world.ssm)?;
            let event = Event {
                resources: due.arns().map(Cow::from).collect(),
                ..deed("ssm", WORK, due.scope(), String::new(), now)
            };
            Some(Own {
                txn: due.txn(),
                event: Some(event),
                output: (),
            })
        })
        .await
    }
}
