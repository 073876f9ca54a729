//! KMS's keys when their time has come: destroyed, rid of expired material, or given new material. It is decided in
//! `kagiban_kms::upkeep`; here it is committed, with an event of the server's own.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use kagiban_aws::Timestamp;
use kagiban_kms::View;
use kagiban_kms::upkeep::{Due, Work, due};

use super::world::Snapshot;
use super::{Edge, Note};
use crate::audit::Event;

impl Edge {
    /// Does what is due about keys now. What cannot be done at present stays due.
    pub async fn look_after_keys(&self) {
        if !self.memory.ready() {
            return;
        }
        let now = Timestamp::from(SystemTime::now());
        let root = self.memory.snapshot();
        let issuers = self.issuers.known();
        let view = View::from(Snapshot {
            world: &root.state,
            keys: &self.keys,
            issuers: &issuers,
            public: &self.public,
            presence: &self.presence,
        });
        for due in due(&view, now) {
            if !self.carry_out(&due, &view, now).await {
                return;
            }
        }
    }

    /// Whether the store takes more. The key may have changed since it was found due: then nothing
    /// is done, and the next turn looks at it anew.
    async fn carry_out(&self, due: &Due, view: &View<'_>, now: Timestamp) -> bool {
        let txn = match due.txn(view, now, &self.entropy) {
            Ok(txn) => txn,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(
                    error,
                    key = %due.arn(),
                    work = due.work.name(),
                    "what is due about a key cannot be done; trying again with the next turn"
                );
                return true;
            }
        };
        match self.commit(txn, &note(due, now)).await {
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
        service: "kms",
        account: Some(scope.account),
        region: Some(scope.region),
        ..Event::own(now, due.work.name(), arn.as_str().into())
    })
}

fn say(due: &Due) {
    let key = due.arn();
    match due.work {
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
