//! Numbers for Prometheus, on a listener of their own that is off unless asked for.
//!
//! Requests touch atomics only. Each operation gets its counters once, at start, and keeps the
//! handles; a label set is looked up by hashing only for faults, which are rare and few.

mod exporter;
mod histogram;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

pub use exporter::Exporter;
pub use histogram::Histogram;

/// Everything that is counted; clones share it.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<Answered, Counter>,
    latency: Family<Named, Histogram>,
    /// Requests that are being answered.
    pub in_flight: Gauge,
    /// Open connections; the listener counts them here.
    pub connections: Gauge,
    /// The newest revision of the store that is in memory.
    pub store_revision: Gauge,
    /// Bytes of audit records that the kernel does not have yet; the audit log sets it.
    pub audit_queue_bytes: Gauge,
    /// Requests refused because their audit record could not be written.
    pub audit_refusals: Counter,
    /// The message gateway's.
    pub channels: ChannelMetrics,
}

/// What the message gateway counts.
#[derive(Clone, Debug, Default)]
pub struct ChannelMetrics {
    /// Nodes with a control channel.
    pub nodes: Gauge,
    /// Sessions that are not over.
    pub sessions: Gauge,
    /// Bytes of frames from clients, and from agents, that were passed on.
    pub relayed: [Counter; 2],
    /// How often two machines were seen to fight for one node's control channel.
    pub contentions: Counter,
    refused: Family<Refused, Counter>,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Refused {
    code: &'static str,
}

impl ChannelMetrics {
    /// A channel was not opened, after its upgrade was asked for.
    pub fn refused(&self, code: &'static str) {
        self.refused.get_or_create(&Refused { code }).inc();
    }

    fn register(&self, registry: &mut Registry) {
        registry.register(
            "nodes_connected",
            "Nodes with a control channel",
            self.nodes.clone(),
        );
        registry.register(
            "sessions_live",
            "Sessions that are not over",
            self.sessions.clone(),
        );
        let [from_clients, from_agents] = self.relayed.clone();
        registry.register(
            "session_client_bytes",
            "Bytes passed on from clients",
            from_clients,
        );
        registry.register("session_agent_bytes", "Bytes passed on from agents", from_agents);
        registry.register(
            "node_contentions",
            "How often two machines fought for one node's control channel",
            self.contentions.clone(),
        );
        registry.register(
            "channels_refused",
            "Channels refused by code",
            self.refused.clone(),
        );
    }
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Named {
    service: &'static str,
    operation: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Answered {
    service: &'static str,
    operation: &'static str,
    code: &'static str,
}

impl Metrics {
    /// Metrics at zero.
    pub fn new() -> Metrics {
        let mut registry = Registry::with_prefix("kagiban");
        let requests = Family::default();
        let latency = Family::default();
        let [in_flight, connections, store_revision, audit_queue_bytes] = <[Gauge; 4]>::default();
        let audit_refusals = Counter::default();
        let gauges = [
            ("requests_in_flight", "Requests being answered", &in_flight),
            ("connections", "Open connections", &connections),
            ("store_revision", "Newest revision in memory", &store_revision),
            (
                "audit_queue_bytes",
                "Audit records that the kernel does not have yet",
                &audit_queue_bytes,
            ),
        ];
        for (name, help, gauge) in gauges {
            registry.register(name, help, gauge.clone());
        }
        registry.register("requests", "Requests by outcome", requests.clone());
        registry.register(
            "request_duration_seconds",
            "From the end of a request's body to its answer",
            latency.clone(),
        );
        registry.register(
            "audit_refusals",
            "Requests refused because they could not be audited",
            audit_refusals.clone(),
        );
        let channels = ChannelMetrics::default();
        channels.register(&mut registry);
        Metrics {
            registry: Arc::new(registry),
            requests,
            latency,
            in_flight,
            connections,
            store_revision,
            audit_queue_bytes,
            audit_refusals,
            channels,
        }
    }

    /// The counters of one operation, to be resolved once and kept.
    pub fn operation(&self, service: &'static str, operation: &'static str) -> OperationMetrics {
        let name = Named { service, operation };
        OperationMetrics {
            succeeded: self.requests.get_or_create(&name.answered("OK")).clone(),
            latency: self.latency.get_or_create(&name).clone(),
            requests: self.requests.clone(),
            in_flight: self.in_flight.clone(),
            name,
        }
    }

    /// All numbers in OpenMetrics' text form.
    ///
    /// # Errors
    ///
    /// None in practice: only a formatter that fails could.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

impl Named {
    fn answered(&self, code: &'static str) -> Answered {
        Answered {
            service: self.service,
            operation: self.operation,
            code,
        }
    }
}

/// The counters of one operation.
#[derive(Clone, Debug)]
pub struct OperationMetrics {
    name: Named,
    succeeded: Counter,
    latency: Histogram,
    requests: Family<Answered, Counter>,
    in_flight: Gauge,
}

impl OperationMetrics {
    /// Counts a request as in flight until the guard is told its outcome or dropped.
    pub fn start(&self) -> InFlight<'_> {
        self.in_flight.inc();
        InFlight {
            operation: self,
            began: Instant::now(),
        }
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub struct InFlight<'a> {
    operation: &'a OperationMetrics,
    began: Instant,
}

impl InFlight<'_> {
    /// The request was answered: with success, or with a fault of this code.
    pub fn finish(self, fault: Option<&'static str>) {
        let OperationMetrics {
            name,
            succeeded,
            requests,
            latency,
            ..
        } = self.operation;
        match fault {
            None => succeeded.inc(),
            Some(code) => requests.get_or_create(&name.answered(code)).inc(),
        };
        latency.observe(self.began.elapsed());
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.operation.in_flight.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_operation_and_code() {
        let metrics = Metrics::new();
        let operation = metrics.operation("ssm", "GetParameter");
        operation.start().finish(None);
        operation.start().finish(Some("ParameterNotFound"));
        operation.start().finish(Some("ParameterNotFound"));
        let page = metrics.text().unwrap();
        for line in [
            r#"kagiban_requests_total{service="ssm",operation="GetParameter",code="OK"} 1"#,
            r#"kagiban_requests_total{service="ssm",operation="GetParameter",code="ParameterNotFound"} 2"#,
            r#"kagiban_request_duration_seconds_count{service="ssm",operation="GetParameter"} 3"#,
            "kagiban_requests_in_flight 0",
        ] {
            assert!(
                page.lines().any(|found| found == line),
                "{line} is not in\n{page}"
            );
        }
    }

    #[test]
    fn a_request_that_ends_without_an_answer_is_not_in_flight_any_more() {
        let metrics = Metrics::new();
        let operation = metrics.operation("kms", "Decrypt");
        let request = operation.start();
        assert_eq!(metrics.in_flight.get(), 1);
        drop(request);
        assert_eq!(metrics.in_flight.get(), 0);
    }
}
