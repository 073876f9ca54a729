use hyper::{Method, StatusCode};

use super::Metrics;
use crate::http::{Handler, Request, Response};

/// Answers `GET /metrics`, without credentials: hence its own listener, to be kept private.
#[derive(Clone, Debug)]
pub struct Exporter(pub Metrics);

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

impl Handler for Exporter {
    async fn handle(&self, request: Request) -> Response {
        if request.method != Method::GET || request.path() != "/metrics" {
            return Response::empty(StatusCode::NOT_FOUND);
        }
        match self.0.text() {
            Ok(page) => Response::new(StatusCode::OK, OPENMETRICS, page),
            Err(_formatter) => Response::empty(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}
