//! Webhooks at work: a task for each, which delivers in order and waits where there is nothing to deliver.
//!
//! What is delivered and when it is tried again is decided in `kagiban_ssm::webhooks`. The position is
//! written soon after a delivery, not with each, so that a busy path does not double the writes; what
//! was delivered since is delivered once more after a crash.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kagiban_aws::Timestamp;
use kagiban_iam::{Scope, Stored};
use kagiban_ssm::records::{DeadLetter, Webhook, keys};
use kagiban_ssm::webhooks::{self, Delivery, Next, pause, signature};
use kagiban_store::{Rev, Txn};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout};

use super::{Edge, Own};
use crate::webhooks::{Letter, SendError, send};

/// How long a delivery may go without its webhook's position being written.
const SAVE: Duration = Duration::from_secs(3);
/// The same where nothing was delivered: well within the store's history.
const SAVE_QUIET: Duration = Duration::from_secs(300);

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
        let mut tasks = JoinSet::new();
        let mut working: HashMap<Which, AbortHandle> = HashMap::new();
        loop {
            let root = self.memory.snapshot();
            let all: Vec<Which> = root.state.ssm.all_webhooks().map(which).collect();
            working.retain(|which, task| {
                let goes_on = all.contains(which) && !task.is_finished();
                if !goes_on {
                    task.abort();
                }
                goes_on
            });
            for which in all {
                let mut work = |which: &Which| tasks.spawn(work(Arc::clone(&self), which.clone()));
                if let Entry::Vacant(idle) = working.entry(which) {
                    let task = work(idle.key());
                    idle.insert(task);
                }
            }
            while tasks.try_join_next().is_some() {}
            if revisions.changed().await.is_err() {
                return;
            }
        }
    }

    fn webhook(&self, which: &Which) -> Option<Stored<Webhook>> {
        let root = self.memory.view();
        let found = root.state.ssm.webhooks(which.scope)?.get(&which.name)?;
        (found.created == which.created).then(|| found.clone())
    }

    fn next_delivery(&self, which: &Which, webhook: &Webhook, after: Rev) -> Next {
        self.with_snapshot(|snapshot| {
            let view = kagiban_ssm::View::from(snapshot);
            view.next_delivery(which.scope, &which.name, webhook, after, now())
        })
    }

    /// Commits what is made of the newest record; given up if the webhook is gone or the store fails.
    async fn update(&self, which: &Which, make: impl Fn(&Stored<Webhook>) -> Txn) -> bool {
        let updated = self.commit_own(|_, _| {
            let webhook = self.webhook(which)?;
            Some(Own {
                txn: make(&webhook),
                event: None,
                output: (),
            })
        });
        matches!(updated.await, Ok(Some(())))
    }

    async fn dead_letters(&self, which: &Which) -> Vec<(kagiban_store::Key, DeadLetter)> {
        let prefix = keys::dead_letters(which.scope, &which.name);
        let (mut letters, mut after) = (Vec::new(), None);
        loop {
            let Ok(page) = self.memory.store().scan(&prefix, after.as_ref(), 500, None).await else {
                return letters;
            };
            let read = page.entries.into_iter();
            letters.extend(read.filter_map(|entry| Some((entry.key.clone(), entry.record().ok()?))));
            after = page.next;
            if after.is_none() {
                return letters;
            }
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

/// Works for one webhook until it is gone.
async fn work(edge: Arc<Edge>, which: Which) {
    let Some(webhook) = edge.webhook(&which) else {
        return;
    };
    let mut worker = Worker {
        at: Rev(webhook.position),
        saved: Rev(webhook.position),
        saved_at: Instant::now(),
        delivered: None,
        edge,
        which,
    };
    let mut revisions = worker.edge.memory.revisions();
    while let Some(webhook) = worker.edge.webhook(&worker.which) {
        if webhook.redelivers {
            worker.redeliver(&webhook).await;
        }
        match worker.edge.next_delivery(&worker.which, &webhook, worker.at) {
            Next::Deliver(delivery) => worker.deliver(&delivery).await,
            Next::Quiet(reached) => {
                worker.at = reached;
                let due = worker.save_if_due().await;
                if let Ok(Err(_closed)) = timeout(due, worker.news(&mut revisions, &webhook)).await {
                    return;
                }
            }
        }
        worker.save_if_due().await;
    }
}

struct Worker {
    edge: Arc<Edge>,
    which: Which,
    /// Everything up to here is done.
    at: Rev,
    /// As far as that is written.
    saved: Rev,
    saved_at: Instant,
    /// When something was delivered that is not written.
    delivered: Option<Timestamp>,
}

impl Worker {
    /// Waits until something has happened to the account's parameters or to the webhook.
    async fn news(
        &self,
        revisions: &mut tokio::sync::watch::Receiver<Rev>,
        webhook: &Stored<Webhook>,
    ) -> Result<(), tokio::sync::watch::error::RecvError> {
        loop {
            let moved = self.edge.memory.view().state.ssm.last_change(self.which.scope) > self.at;
            let changed = self.edge.webhook(&self.which).map(|now| now.revision) != Some(webhook.revision);
            if moved || changed {
                return Ok(());
            }
            revisions.changed().await?;
        }
    }

    /// Delivers, or gives up in the end.
    async fn deliver(&mut self, delivery: &Delivery) {
        let begun = Instant::now();
        for attempt in 1.. {
            let Some(webhook) = self.edge.webhook(&self.which) else {
                return;
            };
            let Err(error) = post(&webhook, &delivery.id, &delivery.body).await else {
                self.at = delivery.reached;
                self.delivered = Some(now());
                return;
            };
            let error = error.to_string();
            tracing::warn!(webhook = %self.which.name, attempt, error, "a webhook's delivery failed");
            let random = u32::from_le_bytes(self.edge.entropy.bytes());
            match pause(attempt, begun.elapsed(), self.edge.webhook_lifetime, random) {
                Some(pause) => {
                    self.say_failing(&webhook, &error).await;
                    sleep(pause).await;
                }
                None => return self.give_up(delivery, attempt, &error).await,
            }
        }
    }

    /// So that whoever lists webhooks sees that something is wrong; written when it changes.
    async fn say_failing(&mut self, webhook: &Webhook, error: &str) {
        if webhook.last_failure.as_deref() == Some(error) {
            return;
        }
        let Which { scope, name, .. } = &self.which;
        let failing = |webhook: &Stored<Webhook>| {
            webhooks::moved(*scope, name, webhook, |webhook| {
                webhook.last_failure = Some(error.into());
            })
        };
        self.edge.update(&self.which, failing).await;
    }

    async fn give_up(&mut self, delivery: &Delivery, attempts: u32, error: &str) {
        tracing::error!(webhook = %self.which.name, delivery = delivery.id, attempts, "a delivery is given up");
        let dead = webhooks::letter(delivery, attempts, error, now());
        let Which { scope, name, .. } = &self.which;
        let burying = |webhook: &Stored<Webhook>| {
            let root = self.edge.memory.snapshot();
            let webhooks = root.state.ssm.webhooks(*scope);
            webhooks.map_or_else(Txn::new, |webhooks| {
                webhooks.give_up(*scope, name, webhook, &dead, delivery.reached)
            })
        };
        match self.edge.update(&self.which, burying).await {
            true => (self.at, self.saved) = (delivery.reached, delivery.reached),
            false => sleep(SAVE).await, // it is tried anew rather than lost
        }
    }

    /// Tries each dead letter once, in order, until one fails again.
    async fn redeliver(&mut self, webhook: &Stored<Webhook>) {
        let Which { scope, name, .. } = &self.which;
        for (key, letter) in self.edge.dead_letters(&self.which).await {
            if let Err(error) = post(webhook, &letter.id, &letter.body).await {
                tracing::warn!(webhook = %name, %error, "a dead letter could not be delivered again");
                break;
            }
            let mut txn = Txn::new();
            txn.delete(key);
            if self.edge.memory.commit(txn).await.is_err() {
                break;
            }
            self.delivered = Some(now());
        }
        let done = |webhook: &Stored<Webhook>| {
            webhooks::moved(*scope, name, webhook, |webhook| webhook.redelivers = false)
        };
        if !self.edge.update(&self.which, done).await {
            sleep(SAVE).await;
        }
    }

    /// Writes the position if that is due; returns how long it can wait otherwise.
    async fn save_if_due(&mut self) -> Duration {
        let every = match self.delivered {
            Some(_) => SAVE,
            None => SAVE_QUIET,
        };
        let age = self.saved_at.elapsed();
        if age < every {
            return every - age;
        }
        self.saved_at = Instant::now();
        if self.at > self.saved || self.delivered.is_some() {
            let Which { scope, name, .. } = &self.which;
            let (at, when) = (self.at, self.delivered);
            let save = |webhook: &Stored<Webhook>| webhooks::delivered(*scope, name, webhook, at, when);
            if self.edge.update(&self.which, save).await {
                (self.saved, self.delivered) = (at, None);
            }
        }
        SAVE_QUIET
    }
}

async fn post(webhook: &Webhook, id: &str, body: &str) -> Result<(), SendError> {
    let unix = now().millis() / 1000;
    let signature = signature(&webhook.secret, unix, body);
    let letter = Letter {
        url: &webhook.url,
        id,
        signature: &signature,
        body,
    };
    send(letter).await
}

fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}
