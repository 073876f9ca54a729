//! What the audit log is told of requests: every one, whoever sent it and however it ended.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::SystemTime;

use hyper::header::USER_AGENT;
use kagiban_aws::{AccountId, Fault};
use kagiban_iam::sts::web_identity::WebIdentity;
use kagiban_iam::{Call, Caller, Facts, Identity};
use tokio::task::yield_now;

use super::answer::unavailable;
use super::table::Row;
use super::{Asked, Edge};
use crate::audit::{AuditError, Event, Outcome, Sequence, Urgency};
use crate::config::AuditDurability;
use crate::http::Request;
use crate::request_id::RequestId;

impl Edge {
    /// Audits; a request whose event cannot be kept is refused.
    pub(super) fn queue(&self, event: &Event<'_>) -> Result<Sequence, Fault> {
        let queued = self.audit.queue(event);
        queued.map_err(|error| self.unaudited(&error))
    }

    /// Waits until the record is as safe as the answer demands: with the kernel, or on the disk if every
    /// answer has to wait for that.
    ///
    /// A write costs as much as a signature, so the requests that have been read already come first: the
    /// lines of all of them go out together.
    pub(super) async fn recorded(&self, audited: Sequence, urgency: Urgency) -> Result<(), Fault> {
        if urgency == Urgency::Kernel {
            yield_now().await;
            let written = self.audit.write(audited);
            written.map_err(|error| self.unaudited(&error))?;
        }
        if self.durability != AuditDurability::Strict {
            return Ok(());
        }
        let flushed = self.audit.flushed(audited).await;
        flushed.map_err(|error| self.unaudited(&error))
    }

    fn unaudited(&self, error: &AuditError) -> Fault {
        self.metrics.audit_refusals.inc();
        tracing::error!(
            error = error as &dyn std::error::Error,
            "the audit log cannot be written; requests are refused"
        );
        unavailable()
    }

    /// Audits a request that nobody proved to have sent. It is refused either way.
    pub(super) fn record_unproven(&self, asked: &Asked<'_>, facts: &Facts, fault: &Fault) {
        let event = Event {
            request_id: &facts.request_id,
            source_ip: Some(facts.source_ip),
            service: asked.row.service.name,
            rule: Some(fault.code),
            user_agent: facts.user_agent.as_deref(),
            outcome: Outcome::Denied,
            resources: Vec::new(),
            ..Event::own(facts.now, asked.row.name, "".into())
        };
        if self.audit.append(&event, Urgency::Kernel).is_err() {
            self.metrics.audit_refusals.inc();
        }
    }

    /// Audits a request for what does not exist here: nobody has proven to have sent it.
    pub(super) fn record_unknown(
        &self,
        request: &Request,
        asked: (&str, &str),
        id: RequestId,
        code: &'static str,
    ) {
        let event = Event {
            request_id: id.as_str(),
            source_ip: Some(request.peer),
            service: asked.0,
            user_agent: request
                .headers
                .get(USER_AGENT)
                .and_then(|agent| agent.to_str().ok()),
            outcome: Outcome::Failed { code },
            resources: Vec::new(),
            ..Event::own(SystemTime::now().into(), asked.1, "".into())
        };
        if self.audit.append(&event, Urgency::Soon).is_err() {
            self.metrics.audit_refusals.inc();
        }
    }
}

/// Who the audit says asked.
pub(super) struct Who<'w> {
    pub(super) principal: Option<Cow<'w, str>>,
    pub(super) access_key_id: Option<&'w str>,
    pub(super) account: Option<AccountId>,
}

impl<'w> Who<'w> {
    /// Whoever signed; somebody else if a token proves that it is they who ask; or nobody.
    pub(super) fn of(caller: &'w Caller, asked_by: Option<&WebIdentity>) -> Who<'w> {
        let signed = Some(caller).filter(|caller| !caller.is_anonymous());
        Who {
            principal: match asked_by {
                Some(who) => Some(who.principal().into()),
                None => signed.map(|caller| caller.arn.as_str().into()),
            },
            access_key_id: signed
                .filter(|caller| !matches!(caller.identity, Identity::Node(_)))
                .map(|caller| caller.access_key_id.as_str()),
            account: match asked_by {
                Some(who) => Some(who.account()),
                None => signed.map(|caller| caller.account),
            },
        }
    }
}

/// What every event of a request says; who asked is [`Who`]'s.
pub(super) fn event<'e>(
    row: &Row,
    call: &'e Call<'e>,
    rule: &'e str,
    resources: &'e [String],
    outcome: Outcome<'e>,
) -> Event<'e> {
    Event {
        request_id: &call.facts.request_id,
        time: call.facts.now,
        source_ip: Some(call.facts.source_ip),
        principal: None,
        access_key_id: None,
        account: None,
        region: Some(call.scope.region),
        service: row.service.name,
        operation: row.name,
        resources: resources
            .iter()
            .map(|resource| resource.as_str().into())
            .collect(),
        outcome,
        rule: Some(rule).filter(|rule| !rule.is_empty()),
        user_agent: call.facts.user_agent.as_deref(),
        encryption_context: Vec::new(),
        changed: None,
    }
}

/// KMS's encryption context, as events carry it.
pub(super) fn pairs(context: Option<&BTreeMap<String, String>>) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let pairs = context.into_iter().flatten();
    pairs
        .map(|(key, value)| (key.as_str().into(), value.as_str().into()))
        .collect()
}
