//! Deleted parameters whose time is over: destroyed.

use std::time::SystemTime;

use kagiban_aws::{Fault, Timestamp};
use kagiban_ssm::purge::{Due, WORK, due};

use crate::edge::Edge;
use crate::edge::own::{Own, deed};

impl Edge {
    /// Destroys what was deleted long enough ago. What cannot be done at present stays due.
    pub async fn purge_parameters(&self) {
        if !self.memory.ready() {
            return;
        }
        let now = Timestamp::from(SystemTime::now());
        let mut purged = 0_usize;
        for due in self.with_snapshot(|snapshot| due(&snapshot.world.ssm, now)) {
            match self.purge(&due).await {
                Ok(Some(())) => purged += 1,
                Ok(None) => {} // brought back since
                Err(_) => break,
            }
        }
        if purged > 0 {
            tracing::info!(purged, "deleted parameters whose time was over are destroyed");
        }
    }

    async fn purge(&self, due: &Due) -> Result<Option<()>, Fault> {
        self.commit_own(|snapshot, now| {
            let due = due.anew(&snapshot.world.ssm, now)?;
            let event = deed("ssm", WORK, due.scope(), due.arn().to_string(), now);
            Some(Own {
                txn: due.txn(),
                event: Some(event),
                output: (),
            })
        })
        .await
    }
}
