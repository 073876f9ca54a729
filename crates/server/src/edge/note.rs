//! The audit event of a change, written with the change itself.
//!
//! A change's event has to be as durable as the change. It therefore travels in the same
//! transaction, always under the same key, so that the store's change log is the queue; the audit
//! log follows, and after a crash it is brought up to date from there.

use std::borrow::Cow;
use std::net::IpAddr;

use futures_util::{FutureExt as _, StreamExt as _};
use kagiban_aws::{AccountId, Region, Timestamp};
use kagiban_store::{Key, Record, Rev, Store, Unknown};
use serde::{Deserialize, Serialize};

use crate::audit::{Audit, AuditError, Event, Outcome, Urgency};

/// An audit event that owns its words.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Note {
    pub(super) request_id: String,
    pub(super) time: Timestamp,
    pub(super) source_ip: Option<IpAddr>,
    pub(super) principal: Option<String>,
    pub(super) access_key_id: Option<String>,
    pub(super) account: Option<AccountId>,
    pub(super) region: Option<Region>,
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) resources: Vec<String>,
    pub(super) rule: String,
    pub(super) user_agent: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Unknown,
}

impl Record for Note {
    const KIND: u16 = 0x0401;
    const SCHEMA: u16 = 1;
}

impl Note {
    /// Where the newest note lies; older ones are in the store's history.
    pub(super) fn place() -> Key {
        Key::of(&["sys", "audit", "change"])
    }

    pub(super) fn event<'n>(&'n self, outcome: Outcome<'n>, changed: Option<u64>) -> Event<'n> {
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
            resources: self.resources.iter().map(|resource| Cow::Borrowed(resource.as_str())).collect(),
            outcome,
            rule: Some(self.rule.as_str()).filter(|rule| !rule.is_empty()),
            user_agent: self.user_agent.as_deref(),
            encryption_context: Vec::new(),
            changed,
        }
    }
}

/// Brings the audit log up to date with changes whose events a crash kept from it.
///
/// # Errors
///
/// The store or the log cannot be used. History that is gone is not an error: the log then says
/// that there is a gap.
pub async fn catch_up(store: &dyn Store, audit: &Audit, now: Timestamp) -> Result<usize, CatchUpError> {
    let Some(last) = audit.last_change() else { return Ok(0) };
    let mut missing = match store.watch(&Note::place(), Rev(last).next()).await {
        Ok(batches) => batches,
        Err(kagiban_store::Error::Compacted) => {
            let gap = format!("changes after revision {last}");
            audit.append(&Event::own(now, "Gap", gap.into()), Urgency::Kernel)?;
            return Ok(0);
        }
        Err(error) => return Err(error.into()),
    };
    let mut caught = 0;
    // What the history holds is there at once; the first wait means that it is read.
    while let Some(Some(batch)) = missing.next().now_or_never() {
        for event in batch?.events {
            if let Some(note) = event.record::<Note>()? {
                audit.append(&note.event(Outcome::Allowed, Some(event.mod_rev.0)), Urgency::Kernel)?;
                caught += 1;
            }
        }
    }
    Ok(caught)
}

/// Why the audit log cannot be brought up to date.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum CatchUpError {
    #[error("the store's history cannot be read")]
    Store(#[from] kagiban_store::Error),
    #[error("the audit log cannot be written")]
    Audit(#[from] AuditError),
}
