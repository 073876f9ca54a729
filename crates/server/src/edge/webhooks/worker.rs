//! The task of one webhook.
//!
//! Before each attempt it is asked again what of a delivery the webhook's maker may still read. The
//! position is written soon after a delivery, not with each, so that a busy path does not double the
//! writes; what was delivered since is delivered once more after a crash.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kagiban_aws::Timestamp;
use kagiban_iam::Stored;
use kagiban_ssm::records::{DeadLetter, Webhook, keys};
use kagiban_ssm::webhooks::{self, Message, Next, pause, signature};
use kagiban_store::{Entry, Key, Rev, Txn};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::Which;
use crate::edge::{Edge, Own};
use crate::webhooks::{Letter, SendError, send};

/// How long a delivery may go without its webhook's position being written.
const SAVE: Duration = Duration::from_secs(3);
/// The same where nothing was delivered: well within the store's history.
const SAVE_QUIET: Duration = Duration::from_secs(300);
/// How many dead letters are read at once.
const LETTERS: u32 = 20;

impl Edge {
    fn webhook(&self, which: &Which) -> Option<Stored<Webhook>> {
        let root = self.memory.view();
        let found = root.state.ssm.webhooks(which.scope)?.get(&which.name)?;
        (found.created == which.created).then(|| found.clone())
    }

    fn next_delivery(&self, which: &Which, webhook: &Webhook, after: Rev) -> Next {
        self.with_snapshot(|snapshot| {
            let view = kagiban_ssm::View::from(snapshot);
            view.next_delivery(which.scope, webhook, after, now())
        })
    }

    /// What of a message may be sent at this time.
    fn still_told(&self, which: &Which, webhook: &Webhook, message: &Message) -> Option<Message> {
        self.with_snapshot(|snapshot| {
            let view = kagiban_ssm::View::from(snapshot);
            view.still_told(which.scope, webhook, message, now())
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

    /// Some of what a webhook has given up, oldest first, and where to go on.
    async fn dead_letters(&self, which: &Which, after: Option<&Key>) -> Option<(Vec<Entry>, Option<Key>)> {
        let prefix = keys::dead_letters(which.scope, &which.name);
        let page = self.memory.store().scan(&prefix, after, LETTERS, None).await;
        page.ok().map(|page| (page.entries, page.next))
    }
}

/// Works for one webhook until it is gone; `bell` rings when something may have happened.
pub(super) async fn work(edge: Arc<Edge>, which: Which, mut bell: watch::Receiver<()>) {
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
    loop {
        bell.mark_unchanged(); // what rings from here on is not seen below
        let Some(webhook) = worker.edge.webhook(&worker.which) else {
            return;
        };
        if webhook.redelivers {
            worker.redeliver().await;
        }
        match worker.edge.next_delivery(&worker.which, &webhook, worker.at) {
            Next::Deliver(message, reached) => worker.deliver(&message, reached).await,
            Next::Quiet(reached) => {
                worker.at = reached;
                let due = worker.save_if_due().await;
                if let Ok(Err(_closed)) = timeout(due, bell.changed()).await {
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
    /// Delivers, or gives up in the end.
    async fn deliver(&mut self, message: &Message, reached: Rev) {
        let begun = Instant::now();
        for attempt in 1.. {
            let Some(webhook) = self.edge.webhook(&self.which) else {
                return;
            };
            let Some(told) = self.edge.still_told(&self.which, &webhook, message) else {
                return self.withhold(reached).await;
            };
            let Err(error) = self.post(&webhook, &told).await else {
                self.at = reached;
                self.delivered = Some(now());
                return;
            };
            self.log_failure(&error, attempt);
            let error = error.for_its_maker();
            let random = u32::from_le_bytes(self.edge.entropy.bytes());
            match pause(attempt, begun.elapsed(), self.edge.webhook_lifetime, random) {
                Some(pause) => {
                    self.say_failing(&webhook, &error).await;
                    sleep(pause).await;
                }
                None => return self.give_up(&told, reached, attempt, &error).await,
            }
        }
    }

    async fn post(&self, webhook: &Webhook, message: &Message) -> Result<(), SendError> {
        let body = message.body(&self.which.name);
        let unix = now().millis() / 1000;
        let signature = signature(&webhook.secret, unix, &body);
        let letter = Letter {
            url: &webhook.url,
            id: &message.id,
            signature: &signature,
            body: &body,
        };
        send(letter, self.edge.webhook_reach).await
    }

    fn log_failure(&self, error: &SendError, attempt: u32) {
        let Which { scope, name, .. } = &self.which;
        tracing::warn!(
            account = %scope.account,
            region = %scope.region,
            webhook = %name,
            attempt,
            error = error as &dyn std::error::Error,
            "a webhook's delivery failed"
        );
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

    /// Goes on without a delivery of which nothing may be told any more.
    async fn withhold(&mut self, reached: Rev) {
        tracing::warn!(webhook = %self.which.name, "a delivery is dropped: the webhook's maker may not read it");
        let Which { scope, name, .. } = &self.which;
        let withheld = |webhook: &Stored<Webhook>| webhooks::withheld(*scope, name, webhook, reached);
        if self.edge.update(&self.which, withheld).await {
            self.saved = reached;
        }
        self.at = reached;
    }

    async fn give_up(&mut self, message: &Message, reached: Rev, attempts: u32, error: &str) {
        let Which { scope, name, .. } = &self.which;
        tracing::error!(webhook = %name, delivery = &*message.id, attempts, "a delivery is given up");
        let dead = webhooks::letter(message, attempts, error, now());
        let burying = |webhook: &Stored<Webhook>| {
            let root = self.edge.memory.snapshot();
            let webhooks = root.state.ssm.webhooks(*scope);
            webhooks.map_or_else(Txn::new, |webhooks| {
                webhooks.give_up(*scope, name, webhook, &dead, reached)
            })
        };
        match self.edge.update(&self.which, burying).await {
            true => (self.at, self.saved) = (reached, reached),
            false => sleep(SAVE).await, // it is tried anew rather than lost
        }
    }

    /// Tries each dead letter once, in order, until one fails again.
    async fn redeliver(&mut self) {
        let mut after = None;
        while let Some((letters, next)) = self.edge.dead_letters(&self.which, after.as_ref()).await {
            for letter in letters {
                if !self.redeliver_one(&letter).await {
                    return self.stop_redelivering().await;
                }
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        self.stop_redelivering().await;
    }

    /// Whether to go on with the next one.
    async fn redeliver_one(&mut self, entry: &Entry) -> bool {
        let (Some(webhook), Ok(letter)) = (self.edge.webhook(&self.which), entry.record::<DeadLetter>())
        else {
            return false;
        };
        let message = Message::from(letter);
        let Some(told) = self.edge.still_told(&self.which, &webhook, &message) else {
            let Which { scope, name, .. } = &self.which;
            let place = || entry.key.clone();
            let withheld =
                |webhook: &Stored<Webhook>| webhooks::withheld_letter(*scope, name, webhook, place());
            return self.edge.update(&self.which, withheld).await;
        };
        if let Err(error) = self.post(&webhook, &told).await {
            self.log_failure(&error, 1);
            return false;
        }
        let mut txn = Txn::new();
        txn.delete(entry.key.clone());
        self.delivered = Some(now());
        self.edge.memory.commit(txn).await.is_ok()
    }

    async fn stop_redelivering(&self) {
        let Which { scope, name, .. } = &self.which;
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

fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}
