//! What the server does by itself, beside requests: it anchors the audit log, renews the keyring,
//! writes when credentials were last used, destroys and rotates KMS's keys when they are due,
//! carries out the policies of parameters, delivers webhooks, and destroys deleted parameters whose time is over.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kagiban_store::{Sealed, Store};
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::audit::{Audit, AuditError, Event, Tip, Urgency, anchor};
use crate::edge::Edge;
use crate::http::Shutdown;
use crate::outage::Outage;

/// How often things are done.
#[derive(Clone, Copy, Debug)]
pub struct Periods {
    /// How long the audit log's end may go without an anchor. Each anchor is a durable write.
    pub anchor: Duration,
    /// How often the keyring is looked at, which costs next to nothing. AES-GCM's bound of 2³² seals
    /// under one key is most of a day away even if the store is written as fast as it can be.
    pub keyring: Duration,
    /// How often it is written when keys and roles were last used: what a crash may take of it.
    pub uses: Duration,
    /// How often KMS's keys and deleted parameters are looked at: how late one may be destroyed or
    /// rotated.
    pub keys: Duration,
    /// How often parameters' policies are looked at: how late somebody may be told of one.
    pub parameters: Duration,
}

impl Default for Periods {
    fn default() -> Periods {
        Periods {
            anchor: Duration::from_secs(10),
            keyring: Duration::from_secs(60 * 60),
            uses: Duration::from_secs(60),
            keys: Duration::from_secs(60),
            parameters: Duration::from_secs(60),
        }
    }
}

/// The tasks, running until [`Housekeeping::stop`].
#[derive(Debug)]
pub struct Housekeeping {
    stopping: Shutdown,
    tasks: Vec<JoinHandle<()>>,
}

impl Housekeeping {
    /// Starts the tasks; each does its work once at once.
    pub fn start<E: Store>(
        store: &Arc<Sealed<E>>,
        audit: &Arc<Audit>,
        outage: &Outage,
        periods: Periods,
    ) -> Housekeeping {
        let stopping = Shutdown::new();
        let anchoring = Anchoring {
            store: Arc::clone(store),
            audit: Arc::clone(audit),
            outage: outage.clone(),
            last: None,
        };
        let renewing = Renewing {
            store: Arc::clone(store),
            audit: Arc::clone(audit),
            outage: outage.clone(),
        };
        Housekeeping {
            tasks: vec![
                tokio::spawn(anchoring.run(every(periods.anchor), stopping.clone())),
                tokio::spawn(renewing.run(every(periods.keyring), stopping.clone())),
            ],
            stopping,
        }
    }

    /// Goes on with what takes the edge: writing when credentials were last used, and looking after
    /// KMS's keys and parameters.
    pub fn attend(&mut self, edge: &Arc<Edge>, outage: &Outage, periods: Periods) {
        let writing = WritingUses {
            edge: Arc::clone(edge),
            outage: outage.clone(),
        };
        let writing = writing.run(every(periods.uses), self.stopping.clone());
        self.tasks.push(tokio::spawn(writing));
        let looking = look_after_keys(Arc::clone(edge), every(periods.keys), self.stopping.clone());
        self.tasks.push(tokio::spawn(looking));
        let looking =
            look_after_parameters(Arc::clone(edge), every(periods.parameters), self.stopping.clone());
        self.tasks.push(tokio::spawn(looking));
    }

    /// Delivers what webhooks are for.
    pub fn deliver(&mut self, edge: &Arc<Edge>) {
        let (edge, stopping) = (Arc::clone(edge), self.stopping.clone());
        self.tasks.push(tokio::spawn(async move {
            tokio::select! {
                () = edge.deliver_webhooks() => {}
                () = stopping.begun() => {}
            }
        }));
    }

    /// Anchors what the audit log has by now, writes when credentials were last used, and ends the tasks. To be called once nothing more is
    /// served: what is appended later goes without an anchor until the next start.
    pub async fn stop(self) {
        self.stopping.begin();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a housekeeping task had panicked");
            }
        }
    }
}

/// Ticks at once and then in this rhythm; ticks missed while the machine slept are not made up for.
fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Waits for the next tick; false if the server stops first.
async fn next(ticks: &mut Interval, stopping: impl Future<Output = ()>) -> bool {
    tokio::select! {
        biased;
        () = stopping => false,
        _ = ticks.tick() => true,
    }
}

/// Keeps the audit log's end in the store.
struct Anchoring<E> {
    store: Arc<Sealed<E>>,
    audit: Arc<Audit>,
    outage: Outage,
    last: Option<Tip>,
}

impl<E: Store> Anchoring<E> {
    async fn run(mut self, mut ticks: Interval, stopping: Shutdown) {
        let mut failing = false;
        let mut goes_on = true;
        while goes_on {
            goes_on = next(&mut ticks, stopping.begun()).await;
            let done = self.anchor().await;
            if let (Err(error), false) = (&done, failing) {
                let error = error as &dyn std::error::Error;
                tracing::error!(
                    error,
                    "the audit log's end cannot be anchored in the store; trying on"
                );
            }
            if let Err(AnchorError::Store(error)) = &done {
                self.outage.suspect(error);
            }
            failing = done.is_err();
        }
    }

    async fn anchor(&mut self) -> Result<(), AnchorError> {
        let tip = self.audit.tip();
        if self.last == Some(tip) {
            return Ok(());
        }
        // The store must never know more of the log than the disk has.
        self.audit.flushed(tip.sequence).await?;
        anchor(&*self.store, tip).await?;
        self.last = Some(tip);
        Ok(())
    }
}

/// Begins a new term of the keyring before the present one has sealed too much.
struct Renewing<E> {
    store: Arc<Sealed<E>>,
    audit: Arc<Audit>,
    outage: Outage,
}

impl<E: Store> Renewing<E> {
    async fn run(self, mut ticks: Interval, stopping: Shutdown) {
        while next(&mut ticks, stopping.begun()).await {
            if let Err(error) = self.renew().await {
                self.outage.suspect(&error);
                let error = &error as &dyn std::error::Error;
                tracing::error!(
                    error,
                    "the keyring cannot be renewed; trying again with the next turn"
                );
            }
        }
    }

    async fn renew(&self) -> Result<(), kagiban_store::Error> {
        if !self.store.rotation_due().await? {
            return Ok(());
        }
        self.store.rotate().await?;
        tracing::info!("the keyring began a new term: new records are sealed under a new key");
        let event = Event {
            service: "store",
            ..Event::own(SystemTime::now().into(), "RotateKeyring", "keyring".into())
        };
        if let Err(error) = self.audit.append(&event, Urgency::Kernel) {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "the keyring's new term is not in the audit log");
        }
        Ok(())
    }
}

/// Writes when credentials were last used.
struct WritingUses {
    edge: Arc<Edge>,
    outage: Outage,
}

impl WritingUses {
    async fn run(self, mut ticks: Interval, stopping: Shutdown) {
        let mut goes_on = true;
        while goes_on {
            goes_on = next(&mut ticks, stopping.begun()).await;
            if let Err(error) = self.edge.write_uses().await {
                self.outage.suspect(&error);
                let error = &error as &dyn std::error::Error;
                tracing::error!(
                    error,
                    "when credentials were last used cannot be written; trying again with the next turn"
                );
            }
        }
    }
}

/// Does what is due about KMS's keys and deleted parameters, once at once: it may have become due while
/// the server was off.
async fn look_after_keys(edge: Arc<Edge>, mut ticks: Interval, stopping: Shutdown) {
    while next(&mut ticks, stopping.begun()).await {
        edge.look_after_keys().await;
        edge.purge_parameters().await;
        edge.forget_sessions().await;
    }
}

/// Does what is due about parameters, once at once: it may have become due while the server was off.
async fn look_after_parameters(edge: Arc<Edge>, mut ticks: Interval, stopping: Shutdown) {
    while next(&mut ticks, stopping.begun()).await {
        edge.look_after_parameters().await;
    }
}

/// Why there is no anchor.
#[derive(Debug, thiserror::Error)]
enum AnchorError {
    #[error("the audit log is not on the disk")]
    Audit(#[from] AuditError),
    #[error("the store cannot be written")]
    Store(#[from] kagiban_store::Error),
}
