//! The audit event of a change, written with the change itself.
//!
//! A change's event has to be as durable as the change. It therefore travels in the same
//! transaction, always under the same key, so that the store's change log is the queue; one task
//! carries it into the audit log, in order, and after a crash goes on where the log ends.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt as _;
use kagiban_aws::{AccountId, Region, Timestamp};
use kagiban_store::{Key, Record, Rev, Store, Txn, Unknown};
use serde::{Deserialize, Serialize};

use crate::audit::{Audit, AuditError, Event, Outcome, Urgency};

/// An audit event that owns its words.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Note {
    request_id: String,
    time: Timestamp,
    source_ip: Option<IpAddr>,
    principal: Option<String>,
    access_key_id: Option<String>,
    account: Option<AccountId>,
    region: Option<Region>,
    service: String,
    operation: String,
    resources: Vec<String>,
    rule: String,
    user_agent: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    encryption_context: Vec<(String, String)>,
    /// The fault's code, if the change is that a failure was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    /// Whether it is that a refusal was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    denied: bool,
    #[serde(flatten)]
    rest: Unknown,
}

impl Record for Note {
    const KIND: u16 = 0x0401;
    const SCHEMA: u16 = 1;
}

impl From<Event<'_>> for Note {
    fn from(event: Event<'_>) -> Note {
        Note {
            request_id: event.request_id.to_owned(),
            time: event.time,
            source_ip: event.source_ip,
            principal: event.principal.map(str::to_owned),
            access_key_id: event.access_key_id.map(str::to_owned),
            account: event.account,
            region: event.region,
            service: event.service.to_owned(),
            operation: event.operation.to_owned(),
            resources: event.resources.into_iter().map(Cow::into_owned).collect(),
            rule: event.rule.unwrap_or_default().to_owned(),
            user_agent: event.user_agent.map(str::to_owned),
            encryption_context: event
                .encryption_context
                .into_iter()
                .map(|(key, value)| (key.into_owned(), value.into_owned()))
                .collect(),
            failed: match event.outcome {
                Outcome::Failed { code } => Some(code.to_owned()),
                Outcome::Allowed | Outcome::Denied => None,
            },
            denied: matches!(event.outcome, Outcome::Denied),
            rest: Unknown::default(),
        }
    }
}

impl Note {
    /// Where this server's newest note lies; older ones are in the store's history.
    pub(super) fn place() -> Key {
        Key::of(&["sys", "audit", "embedded", "change"])
    }

    /// When the change was whose note this is.
    pub(super) fn date(event: &kagiban_store::Event) -> Result<Option<Timestamp>, kagiban_store::Error> {
        let note = event.record::<Note>()?;
        Ok(note.map(|note| note.time))
    }

    pub(super) fn event(&self, changed: u64) -> Event<'_> {
        Event {
            request_id: &self.request_id,
            time: self.time,
            source_ip: self.source_ip,
            principal: self.principal.as_deref(),
            access_key_id: self.access_key_id.as_deref(),
            account: self.account,
            region: self.region,
            service: &self.service,
            operation: &self.operation,
            resources: self
                .resources
                .iter()
                .map(|resource| Cow::Borrowed(resource.as_str()))
                .collect(),
            outcome: match self.failed.as_deref() {
                Some(code) => Outcome::Failed { code },
                None if self.denied => Outcome::Denied,
                None => Outcome::Allowed,
            },
            rule: Some(self.rule.as_str()).filter(|rule| !rule.is_empty()),
            user_agent: self.user_agent.as_deref(),
            encryption_context: self
                .encryption_context
                .iter()
                .map(|(key, value)| (key.as_str().into(), value.as_str().into()))
                .collect(),
            changed: Some(changed),
        }
    }
}

/// Writes a change's event with the change, for what changes the store while no server serves: the next
/// start carries it into the audit log.
pub fn note_change(txn: &mut Txn, event: Event<'_>) {
    txn.put(Note::place(), &Note::from(event));
}

/// Carries every change's event from the store into the audit log, in the order of revisions.
///
/// It begins where the log ends, so what a crash kept from the log is made up for first; a store that
/// was restored must have been met with [`reconcile`] before anything is written to it. Runs until the
/// store goes away.
pub async fn follow(store: Arc<dyn Store>, audit: Arc<Audit>) {
    loop {
        match follow_once(&*store, &audit).await {
            Ok(()) | Err(FollowError::Store(kagiban_store::Error::Unavailable)) => return,
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the audit log does not follow the changes; trying again"
            ),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

const PAUSE: Duration = Duration::from_secs(1);

/// Tells the log of a store that is behind it: an older copy was put in place.
///
/// Its revisions will be given out once more, to other changes; without this they would look as if
/// they were in the log already. Returns once the disk has the record, so that nothing is written
/// to the store which a power cut could hide that way. To be called before anything else is.
///
/// # Errors
///
/// The store cannot be read, or the log not be written.
pub async fn reconcile(store: &dyn Store, audit: &Audit) -> Result<(), FollowError> {
    let last = Rev(audit.last_change().unwrap_or(0));
    let newest = store.read_index().await?;
    if last <= newest {
        return Ok(());
    }
    tracing::warn!(
        store = newest.0,
        audit_log = last.0,
        "the store is behind the audit log: an older copy was put in place; the log notes it"
    );
    let words = format!("the changes of revisions {} to {last} are undone", newest.next());
    let noted = audit.append(&turning_point("Restored", words, newest), Urgency::Kernel)?;
    audit.flushed(noted).await?;
    Ok(())
}

async fn follow_once(store: &dyn Store, audit: &Audit) -> Result<(), FollowError> {
    let last = Rev(audit.last_change().unwrap_or(0));
    let mut changes = match store.watch(&Note::place(), last.next()).await {
        Ok(changes) => changes,
        Err(kagiban_store::Error::Compacted) => return gap(store, audit, last).await,
        Err(error) => return Err(error.into()),
    };
    while let Some(batch) = changes.next().await {
        for event in batch?.events {
            if let Some(note) = event.record::<Note>()? {
                audit.append(&note.event(event.mod_rev.0), Urgency::Soon)?;
            }
        }
    }
    Ok(())
}

/// The store no longer knows what happened after `last`: the log says so and goes on from now.
async fn gap(store: &dyn Store, audit: &Audit, last: Rev) -> Result<(), FollowError> {
    let newest = store.read_index().await?;
    let words = format!("the changes of revisions {} to {newest}", last.next());
    audit.append(&turning_point("Gap", words, newest), Urgency::Kernel)?;
    Err(FollowError::Gap)
}

/// What the log says when it goes on from `newest` without what lies between.
fn turning_point(operation: &str, words: String, newest: Rev) -> Event<'_> {
    let now = Timestamp::from(SystemTime::now());
    Event {
        changed: Some(newest.0),
        ..Event::own(now, operation, words.into())
    }
}

/// Why the audit log does not follow the changes.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The store failed.
    #[error("the store's history cannot be read")]
    Store(#[from] kagiban_store::Error),
    /// The log failed.
    #[error("the audit log cannot be written")]
    Audit(#[from] AuditError),
    /// The log lacks changes, and says so.
    #[error("the store's history does not reach back to the log's end; the log notes a gap")]
    Gap,
}
