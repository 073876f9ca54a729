//! Webhooks at work: a task for each, which delivers in order and waits where there is nothing to deliver.
//!
//! What is delivered and when it is tried again is decided in `kagiban_ssm::webhooks`. One task looks at
//! every revision, and rings for those of an account and Region in which something has happened: the
//! others sleep, however many there are.

mod worker;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kagiban_aws::Timestamp;
use kagiban_iam::{Scope, Stored};
use kagiban_ssm::records::Webhook;
use kagiban_ssm::webhooks::AllWebhooks;
use kagiban_store::Rev;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use super::Edge;
use worker::work;

/// Which webhook; one that is made anew under the same name is another.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Which {
    scope: Scope,
    name: String,
    created: Timestamp,
}

impl Edge {
    /// Works for all webhooks, those to come included, until it is dropped.
    pub async fn deliver_webhooks(self: Arc<Edge>) {
        let mut revisions = self.memory.revisions();
        let mut crew = Crew::default();
        loop {
            crew.look(&self);
            if revisions.changed().await.is_err() {
                return;
            }
        }
    }
}

/// The tasks, and what wakes them.
#[derive(Default)]
struct Crew {
    tasks: JoinSet<()>,
    working: HashMap<Which, AbortHandle>,
    bells: HashMap<Scope, Bell>,
    /// The webhooks as they were when they were looked at.
    seen: AllWebhooks,
}

/// Wakes the webhooks of an account in a Region.
struct Bell {
    ringer: watch::Sender<()>,
    /// The last change of its parameters that it was rung for.
    change: Rev,
}

impl Crew {
    /// Does what the newest revision calls for.
    fn look(&mut self, edge: &Arc<Edge>) {
        let root = edge.memory.snapshot();
        let ssm = &root.state.ssm;
        for (scope, bell) in &mut self.bells {
            let change = ssm.last_change(*scope);
            if change != bell.change {
                bell.change = change;
                bell.ringer.send_replace(());
            }
        }
        let all = ssm.all_webhooks();
        let has_ended = self.tasks.try_join_next().is_some();
        if has_ended || !all.are_still(&self.seen) {
            while self.tasks.try_join_next().is_some() {}
            self.ring_for_changed(all);
            self.engage(edge, all);
            self.seen = all.clone();
        }
    }

    /// Wakes those whose own records have changed, or a neighbour's.
    fn ring_for_changed(&self, all: &AllWebhooks) {
        for (scope, bell) in &self.bells {
            let same = match (all.of(*scope), self.seen.of(*scope)) {
                (Some(now), Some(before)) => now.are_still(before),
                (now, before) => now.is_some() == before.is_some(),
            };
            if !same {
                bell.ringer.send_replace(());
            }
        }
    }

    /// Ends the tasks of webhooks that are gone, and begins those of new ones.
    fn engage(&mut self, edge: &Arc<Edge>, all: &AllWebhooks) {
        let wanted: HashSet<Which> = all.iter().map(which).collect();
        self.working.retain(|which, task| {
            let goes_on = wanted.contains(which) && !task.is_finished();
            if !goes_on {
                task.abort();
            }
            goes_on
        });
        self.bells.retain(|scope, _| all.of(*scope).is_some());
        for which in wanted {
            if self.working.contains_key(&which) {
                continue;
            }
            let bell = self.bells.entry(which.scope).or_insert_with(|| Bell {
                ringer: watch::Sender::new(()),
                change: Rev(0),
            });
            let work = work(Arc::clone(edge), which.clone(), bell.ringer.subscribe());
            self.working.insert(which, self.tasks.spawn(work));
        }
    }
}

fn which((scope, name, webhook): (Scope, &str, &Stored<Webhook>)) -> Which {
    Which {
        scope,
        name: name.to_owned(),
        created: webhook.created,
    }
}
