//! The door: what a request is for, and what those hear who are at the wrong one.

use hyper::{Method, StatusCode};
use kagiban_aws::Fault;
use kagiban_aws::wire::Protocol;

use super::answer::{answer, identified};
use super::route::{Route, route};
use super::table::Row;
use super::{Asked, Edge};
use crate::http::{Handler, Request, Response};
use crate::request_id::RequestId;

impl Handler for Edge {
    async fn handle(&self, request: Request) -> Response {
        let id = RequestId::random();
        let response = match route(&request) {
            Route::To {
                service,
                operation,
                raw,
            } => match self.table.find(service.name, &operation) {
                Some(row) => {
                    let timer = row.metrics.start();
                    let asked = Asked::new(row, raw, id);
                    let outcome = self.serve(&request, &asked).await;
                    timer.finish(outcome.as_ref().err().map(|fault| fault.code));
                    log(row, id, outcome.as_ref().err());
                    answer(service.protocol, outcome, id)
                }
                None => {
                    let operation = repeated(&operation);
                    let fault = Fault::unknown_operation(service.protocol, operation);
                    self.record_unknown(&request, (service.name, operation), id, fault.code);
                    answer(service.protocol, Err(fault), id)
                }
            },
            Route::Nowhere => self.elsewhere(&request, id),
        };
        identified(response, id)
    }

    fn stop(&self) {
        self.bell.stop();
    }
}

impl Edge {
    /// What no service is named for: health, and AWS's answers to those who have lost their way.
    fn elsewhere(&self, request: &Request, id: RequestId) -> Response {
        match (request.path(), &request.method) {
            ("/healthz", &Method::GET | &Method::HEAD) => self.health(),
            (_, &Method::GET) => Response::new(
                StatusCode::NOT_FOUND,
                "application/xml",
                "<UnknownOperationException/>\n",
            ),
            _ => {
                let protocol = Protocol::Json { target: "" };
                answer(protocol, Err(Fault::unknown_operation(protocol, "")), id)
            }
        }
    }

    /// Whether reads and changes can be answered at present.
    fn health(&self) -> Response {
        let (status, words) = if !self.memory.ready() {
            (StatusCode::SERVICE_UNAVAILABLE, "reading the store\n")
        } else if self.outage.has_come() {
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be written\n")
        } else if self.audit.is_failing() {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the audit log cannot be written\n",
            )
        } else {
            (StatusCode::OK, "ok\n")
        };
        Response::new(status, "text/plain", words)
    }
}

/// As much of an unknown operation's name as is sent back: who asks has not proven who they are.
fn repeated(operation: &str) -> &str {
    const MAX_CHARACTERS: usize = 128; // several times IAM's longest name
    let end = operation.char_indices().nth(MAX_CHARACTERS);
    end.map_or(operation, |(end, _)| &operation[..end])
}

/// A line for each request if somebody asked for it, and always for one that failed through us;
/// what is said about the caller is in the audit log.
fn log(row: &Row, id: RequestId, fault: Option<&Fault>) {
    let (service, operation) = (row.service.name, row.name);
    match fault {
        None => tracing::debug!(request_id = %id, service, operation, "answered"),
        Some(fault) if fault.is_sender() => {
            tracing::debug!(request_id = %id, service, operation, code = fault.code, "refused");
        }
        Some(fault) => tracing::error!(request_id = %id, service, operation, code = fault.code, "failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::repeated;

    #[test]
    fn of_a_long_name_only_the_beginning_is_sent_back() {
        assert_eq!(repeated("Nope"), "Nope");
        assert_eq!(repeated(&"é".repeat(1_000_000)), "é".repeat(128));
    }
}
