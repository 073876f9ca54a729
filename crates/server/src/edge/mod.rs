//! The edge: from a signed HTTP request to an operation, and back with an answer.
//!
//! Reads are answered on the thread that read the socket, from one snapshot. A change is decided on
//! a snapshot too, then committed under the condition that what it read still stands; losing that
//! race is another turn. What is answered has been audited first.

mod answer;
mod bell;
mod channels;
mod choices;
mod cold;
mod console;
mod door;
mod last_used;
mod nodes;
mod note;
mod own;
mod proof;
mod queue;
mod route;
mod slow;
mod step;
mod table;
mod turn;
mod upkeep;
mod webhooks;
mod witness;
mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use hyper::header::{HeaderName, REFERER, USER_AGENT};
use kagiban_aws::sigv4::SignatureError;
use kagiban_aws::{Fault, Timestamp};
use kagiban_iam::{Call, Entropy, Facts, Identity, Scope, With};
use kagiban_ssm::nodes::Presence;
use kagiban_ssm::public::PublicParameters;
use kagiban_ssm::quotas::Throttle;
use kagiban_ssm::sessions::Streams;
use kagiban_store::{Committed, Memory, Rev, Txn};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::audit::{Audit, Event, Outcome, Urgency};
use crate::config::{AuditDurability, IssuerFetch};
use crate::http::Request;
use crate::issuers::AskedIssuers;
use crate::metrics::Metrics;
use crate::outage::Outage;
use answer::unavailable;
use bell::Bell;
use cold::Cold;
use last_used::RootWatch;
use note::Note;
use proof::{Proven, SigningKeys};
use queue::Queue;
use slow::Slow;
use step::{End, Given, Step};
use table::{Row, Table};
use turn::{Asked, Attempt, Known, Turn};
use witness::{Who, event, pairs};

pub(crate) use answer::identified;
pub use channels::ChannelRequest;
pub use choices::Choices;
pub(crate) use console::Errand;
pub use note::{FollowError, follow, note_change, reconcile};
pub use own::{Own, deed};
pub(crate) use proof::is_bare;
pub(crate) use route::form;
pub use world::{ServiceKeys, Snapshot, World};

/// A change that loses the race this often is given up: the client may try again.
const MAX_TURNS: usize = 64;

/// Everything that answering takes.
pub struct Edge {
    memory: Memory<World>,
    keys: ServiceKeys,
    audit: Arc<Audit>,
    outage: Outage,
    /// The revision of the newest change whose event the audit log will get.
    changed: AtomicU64,
    durability: AuditDurability,
    metrics: Metrics,
    table: Table,
    signing_keys: SigningKeys,
    root_watch: RootWatch,
    issuers: AskedIssuers,
    public: PublicParameters,
    streams: Streams,
    webhook_lifetime: Duration,
    webhook_reach: IssuerFetch,
    entropy: Entropy,
    throttle: Throttle,
    queue: Queue,
    slow: Slow,
    bell: Bell,
    presence: Arc<Presence>,
    /// Who may search the audit log: one at a time.
    searching: Semaphore,
}

impl Edge {
    /// Puts the parts together.
    pub fn new(
        memory: Memory<World>,
        keys: ServiceKeys,
        audit: Arc<Audit>,
        outage: Outage,
        metrics: Metrics,
        choices: Choices,
    ) -> Edge {
        let table = Table::new(&metrics);
        Edge {
            memory,
            keys,
            audit,
            outage,
            changed: AtomicU64::new(0),
            durability: choices.durability,
            metrics,
            table,
            signing_keys: SigningKeys::new(),
            root_watch: RootWatch::default(),
            issuers: AskedIssuers::new(choices.issuer_fetch),
            public: choices.public,
            streams: choices.streams,
            webhook_lifetime: choices.webhook_lifetime,
            webhook_reach: choices.webhook_reach,
            entropy: Entropy::system(),
            throttle: Throttle::default(),
            queue: Queue::new(),
            slow: Slow::new(),
            bell: Bell::new(),
            presence: Arc::default(),
            searching: Semaphore::new(1),
        }
    }

    /// Which managed nodes are there now.
    pub fn presence(&self) -> &Arc<Presence> {
        &self.presence
    }

    /// Waits until the audit log has every change, for at most `patience`: the last thing before a
    /// clean end. What is missing then is made up for on the next start.
    pub async fn settle(&self, patience: Duration) {
        let settled = async {
            while self.audit.last_change().unwrap_or(0) < self.changed.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(patience, settled).await;
    }

    async fn serve(&self, request: &Request, asked: &Asked<'_>) -> Result<Vec<u8>, Fault> {
        let now = Timestamp::from(SystemTime::now());
        if !self.memory.ready() {
            return Err(unavailable());
        }
        let facts = facts(request, asked, now);
        let mut known = Known::default();
        let mut turn = None;
        let mut turns = 0;
        while turns < MAX_TURNS {
            turns += 1;
            let taken = self.turn(request, asked, &facts, &mut known).await?;
            known.admitted = true;
            match taken {
                Turn::Answer(body) => return Ok(body),
                Turn::Again(line) => {
                    known.forget();
                    if turn.is_none() {
                        turn = Some(self.queue.stand(line).await);
                    }
                }
                Turn::Slow(caller) => known.slow = Some(self.slow.stand(&caller).await),
                Turn::Fetch(root, prefixes) => {
                    known.cold = Cold::fetch(&self.memory, root, &prefixes).await?;
                    known.fetched += 1;
                }
                Turn::Ask(issuer) => {
                    self.issuers.ask(&issuer, facts.now).await;
                    known.asked = true;
                }
                Turn::Wait(wait) => {
                    turns = 0; // nobody was faster
                    known.since = known.since.or(Some(wait.after));
                    let begun = *known.begun.get_or_insert_with(Instant::now);
                    known.waited = self.bell.wait(&self.memory, &wait, begun).await?;
                }
                Turn::Recall(root, id) => {
                    known.cold = Some(Cold::recall(&self.audit, &self.searching, root, id).await?);
                }
            }
        }
        Err(Fault::bare("TooManyUpdates"))
    }

    /// One attempt, on the newest snapshot or the one that cold records were read for.
    async fn turn(
        &self,
        request: &Request,
        asked: &Asked<'_>,
        facts: &Facts,
        known: &mut Known,
    ) -> Result<Turn, Fault> {
        let slow = known.slow.take();
        let attempt = || self.attempt(request, asked, facts, known, slow.is_some());
        let attempted = match &slow {
            Some(turn) => turn.work(attempt)?,
            None => attempt()?,
        };
        drop(slow);
        match attempted {
            Attempt::Slow(caller) => Ok(Turn::Slow(caller)),
            Attempt::Ask(issuer) => Ok(Turn::Ask(issuer)),
            Attempt::Cold(root, prefixes) => Ok(Turn::Fetch(root, prefixes)),
            Attempt::Recall(root, id) => Ok(Turn::Recall(root, id)),
            Attempt::Wait(wait) => Ok(Turn::Wait(wait)),
            Attempt::Ended {
                outcome,
                audited,
                urgency,
            } => {
                self.recorded(audited, urgency).await?;
                outcome.map(Turn::Answer)
            }
            Attempt::Change { txn, outcome, note } => {
                let line = self.queue.line(&txn);
                match self.commit(txn, &note).await? {
                    Some(rev) => {
                        self.changed.fetch_max(rev.0, Ordering::Relaxed);
                        outcome.map(Turn::Answer)
                    }
                    None => Ok(Turn::Again(line)),
                }
            }
        }
    }

    /// Proves the caller and runs the operation, all on one snapshot, and audits what is decided
    /// with it: everything but a change, whose event is written with the change.
    fn attempt(
        &self,
        request: &Request,
        asked: &Asked<'_>,
        facts: &Facts,
        known: &Known,
        may_be_slow: bool,
    ) -> Result<Attempt, Fault> {
        let cold = known.cold.as_ref();
        let service = asked.row.service;
        let newest = self.memory.view();
        let root = cold.map_or(&*newest, Cold::root);
        let issuers = self.issuers.known();
        let snapshot = Snapshot {
            world: &root.state,
            keys: &self.keys,
            issuers: &issuers,
            public: &self.public,
            presence: &self.presence,
            streams: &self.streams,
            delivers_to: self.delivers_to(),
        };
        let keys = &self.signing_keys;
        let proven = match asked.row.unsigned {
            false => keys.prove(request, service.name, snapshot, facts.now),
            true => keys.prove_if_signed(request, service.name, snapshot, facts.now),
        };
        let admitted = proven.and_then(|proven| match proven.caller.identity {
            // Its own key proves who a node is, and gives it no rights.
            Identity::Node(_) if !asked.row.for_nodes => Err(SignatureError::UnknownAccessKey),
            _ => Ok(proven),
        });
        let Proven { caller, region } = admitted.map_err(|error| {
            let fault = error.fault(service.protocol);
            self.record_unproven(asked, facts, &fault);
            fault
        })?;
        if !caller.is_anonymous() {
            request.acquaintance.make();
        }
        root.state
            .iam
            .last_uses()
            .note(&caller, service.name, region, facts.now);
        self.root_watch.see(&caller, facts.now);
        let scope = Scope {
            account: caller.account,
            region,
        };
        let call = Call {
            caller: &caller,
            scope,
            facts,
            via: None,
        };
        let given = Given {
            raw: asked.raw,
            protocol: service.protocol,
            call: &call,
            snapshot,
            with: &With {
                now: facts.now,
                entropy: &self.entropy,
                cold: cold.map_or(&[], Cold::entries),
                recalled: cold.and_then(Cold::recalled),
                since: known.since,
            },
            warmed: cold.is_some(),
            fetched: known.fetched,
            asked: known.asked,
            waited: known.waited,
            may_be_slow,
        };
        let step = match self.admit(asked.row, known, &call, snapshot) {
            Ok(()) => (asked.row.run)(&given),
            Err(fault) => Step::failed(fault),
        };
        let who = Who::of(&caller, step.asked_by.as_deref());
        let event = |outcome| Event {
            encryption_context: pairs(step.encryption_context.as_deref()),
            principal: who.principal.as_deref(),
            access_key_id: who.access_key_id,
            account: who.account.or(step.home.map(|home| home.account)),
            region: Some(step.home.unwrap_or(call.scope).region),
            ..event(asked.row, &call, &step.rule, &step.resources, outcome)
        };
        let (event, urgency, outcome) = match step.end {
            End::Ask(issuer) => return Ok(Attempt::Ask(issuer)),
            End::Cold(prefixes) => return Ok(Attempt::Cold(Arc::clone(root), prefixes)),
            End::Recall(id) => return Ok(Attempt::Recall(Arc::clone(root), id)),
            End::Wait(wait) => return Ok(Attempt::Wait(wait)),
            End::Slow => return Ok(Attempt::Slow(caller.behind().into())),
            End::Decided { txn, body } if !txn.is_empty() => {
                let note = Box::new(Note::from(event(Outcome::Allowed)));
                let outcome = Ok(body);
                return Ok(Attempt::Change { txn, outcome, note });
            }
            End::Counted { txn, fault } => {
                let told = match step::is_denial(&fault) {
                    true => Outcome::Denied,
                    false => Outcome::Failed { code: fault.code },
                };
                let note = Box::new(Note::from(event(told)));
                let outcome = Err(fault);
                return Ok(Attempt::Change { txn, outcome, note });
            }
            End::Decided { body, .. } => (event(Outcome::Allowed), asked.row.urgency(), Ok(body)),
            End::Denied(fault) => (event(Outcome::Denied), Urgency::Kernel, Err(fault)),
            End::Failed(fault) => (
                event(Outcome::Failed { code: fault.code }),
                Urgency::Kernel,
                Err(fault),
            ),
        };
        let audited = self.queue(&event)?;
        Ok(Attempt::Ended {
            outcome,
            audited,
            urgency,
        })
    }

    /// Counts a request once, if its account has chosen to be throttled: before anything is decided.
    fn admit(&self, row: &Row, known: &Known, call: &Call<'_>, snapshot: Snapshot<'_>) -> Result<(), Fault> {
        match row.counted {
            Some(class) if !known.admitted => {
                let ssm = &snapshot.world.ssm;
                self.throttle.admit(ssm, call.scope, class, call.facts.now)
            }
            _ => Ok(()),
        }
    }

    /// Writes a decision and its audit note together; none if what it was decided on has changed.
    async fn commit(&self, mut txn: Txn, note: &Note) -> Result<Option<Rev>, Fault> {
        if self.audit.is_failing() {
            return Err(unavailable());
        }
        txn.put(Note::place(), note);
        self.write(txn).await
    }

    /// Writes; nothing if what it was decided on has changed.
    async fn write(&self, txn: Txn) -> Result<Option<Rev>, Fault> {
        let committed = self.memory.commit(txn).await.map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a change could not be written"
            );
            // While memory is being read anew a commit is unavailable too, and may have been written.
            if self.memory.ready() {
                self.outage.suspect(&error);
            }
            match error {
                kagiban_store::Error::TooLarge { .. } | kagiban_store::Error::TooManyOps { .. } => {
                    Fault::sender("ValidationException", error.to_string())
                }
                _ => unavailable(),
            }
        })?;
        match committed {
            Committed::Ok(rev) => {
                self.metrics
                    .store_revision
                    .set(i64::try_from(rev.0).unwrap_or(i64::MAX));
                Ok(Some(rev))
            }
            Committed::CondFailed => Ok(None),
        }
    }
}

fn facts(request: &Request, asked: &Asked<'_>, now: Timestamp) -> Facts {
    Facts {
        request_id: asked.id.as_str().to_owned(),
        now,
        source_ip: request.peer,
        secure: request.secure,
        user_agent: said(request, USER_AGENT),
        referer: said(request, REFERER),
    }
}

/// A header that may be missing.
fn said(request: &Request, header: HeaderName) -> Option<String> {
    let value = request.headers.get(header)?.to_str().ok()?;
    Some(value.to_owned())
}
