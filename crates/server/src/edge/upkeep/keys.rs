//! KMS's keys when their time has come: destroyed, rid of expired material, or given new material.

use std::time::SystemTime;

use kagiban_aws::{Fault, Timestamp};
use kagiban_kms::View;
use kagiban_kms::upkeep::{Due, Work, due};

use crate::edge::own::{Own, deed};
use crate::edge::{Edge, Snapshot};

impl Edge {
    /// Does what is due about keys now. What cannot be done at present stays due.
    pub async fn look_after_keys(&self) {
        if !self.memory.ready() {
            return;
        }
        let now = Timestamp::from(SystemTime::now());
        for due in self.with_snapshot(|snapshot| due(&View::from(snapshot), now)) {
            if self.carry_out(&due).await.is_err() {
                return;
            }
        }
    }

    async fn carry_out(&self, due: &Due) -> Result<(), Fault> {
        let done = self.commit_own(|snapshot, now| self.decide_upkeep(due, snapshot, now));
        if let Some(done) = done.await? {
            say(&done);
        }
        Ok(())
    }

    fn decide_upkeep(&self, due: &Due, snapshot: Snapshot<'_>, now: Timestamp) -> Option<Own<Due>> {
        let view = View::from(snapshot);
        let due = due.anew(&view, now)?;
        let event = deed("kms", due.work.name(), due.scope(), due.arn().to_string(), now);
        match due.txn(&view, now, &self.entropy) {
            Ok(txn) => Some(Own {
                txn,
                event: Some(event),
                output: due,
            }),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(
                    error,
                    key = %due.arn(),
                    work = due.work.name(),
                    "what is due about a key cannot be done; trying again with the next turn"
                );
                None
            }
        }
    }
}

fn say(done: &Due) {
    let key = done.arn();
    match done.work {
        Work::Ungrant(_) => {
            tracing::info!(%key, "a key's waiting time is over: some of its grants are deleted");
        }
        Work::Destroy => tracing::info!(
            %key,
            "a key's waiting time is over: the key, its material, its grants and its aliases are destroyed"
        ),
        Work::Expire => tracing::info!(%key, "imported key material has expired: it is deleted"),
        Work::Rotate => tracing::info!(%key, "a key has new material: its rotation was due"),
    }
}
