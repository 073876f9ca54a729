//! The edge as the message gateway uses it: its requests are proven, authorized and audited as all others,
//! and what it refuses later, when a first frame has come, is audited here, too.

use std::net::IpAddr;
use std::time::SystemTime;

use kagiban_aws::Fault;
use kagiban_aws::wire::Raw;
use kagiban_iam::Scope;
use kagiban_store::Rev;
use tokio::sync::watch;

use super::{Asked, Edge, deed};
use crate::audit::{Event, Outcome, Urgency};
use crate::gateway::wire::SERVICE;
use crate::http::Request;
use crate::request_id::RequestId;

/// Somebody who has asked for a channel, and what for.
#[derive(Clone, Debug)]
pub struct ChannelRequest {
    /// `OpenControlChannel` or `OpenDataChannel`.
    pub operation: &'static str,
    /// The id that the answer carried.
    pub id: RequestId,
    /// Where the connection comes from.
    pub peer: IpAddr,
    /// The id in the path: a node's or a session's.
    pub of: String,
    /// For which account and Region the request was signed, if it was.
    pub scope: Option<Scope>,
}

impl Edge {
    /// Serves a request of the message gateway; its body is `named`, whatever was sent.
    ///
    /// # Errors
    ///
    /// As for all requests.
    pub(crate) async fn channel(
        &self,
        request: &Request,
        operation: &'static str,
        named: &[u8],
        id: RequestId,
    ) -> Result<Vec<u8>, Fault> {
        let row = self.table.find(SERVICE.name, operation);
        let row = row.expect("the gateway's operations are in the table");
        let timer = row.metrics.start();
        let raw = Raw::Json(named);
        let outcome = self.serve(request, &Asked::new(row, raw, id)).await;
        timer.finish(outcome.as_ref().err().map(|fault| fault.code));
        outcome
    }

    /// The newest revision in memory, each time there is one.
    pub(crate) fn revisions(&self) -> watch::Receiver<Rev> {
        self.memory.revisions()
    }

    /// Audits that a channel was not opened, though its upgrade was answered.
    pub(crate) fn record_refused_channel(&self, asked: &ChannelRequest, code: &'static str) {
        self.note(&Event {
            request_id: asked.id.as_str(),
            source_ip: Some(asked.peer),
            service: SERVICE.name,
            account: asked.scope.map(|scope| scope.account),
            region: asked.scope.map(|scope| scope.region),
            rule: Some(code),
            outcome: Outcome::Denied,
            ..Event::own(
                SystemTime::now().into(),
                asked.operation,
                asked.of.as_str().into(),
            )
        });
    }

    /// Audits that two machines seem to run as one node.
    pub(crate) fn record_contention(&self, scope: Scope, node: String) {
        let now = SystemTime::now().into();
        self.note(&deed(SERVICE.name, "ContendedControlChannel", scope, node, now));
    }

    fn note(&self, event: &Event<'_>) {
        if self.audit.append(event, Urgency::Kernel).is_err() {
            self.metrics.audit_refusals.inc();
        }
    }
}
