//! `GET /.well-known/kagiban`: where the sign-in and the console are, for clients that look for them.

use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderValue};
use serde::Serialize;

use super::desk::Desk;
use super::error::FederationError;
use super::origin::Origin;
use crate::http::{Request, Response};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    signin_endpoint_url: String,
    console_url: String,
}

impl Desk {
    /// The document, for everybody. It holds what whoever asks knows already, and the paths.
    pub(super) fn document(&self, request: &Request) -> Response {
        match self.origin(request) {
            Some(origin) => json(StatusCode::OK, &Document::of(&origin)),
            None => FederationError::Host.response(),
        }
    }
}

impl Document {
    fn of(origin: &Origin) -> Document {
        Document {
            signin_endpoint_url: origin.at("/federation"),
            console_url: origin.at("/console"),
        }
    }
}

/// An answer for programs, which nobody keeps.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("texts are plain data");
    Response::new(status, "application/json", body).with(CACHE_CONTROL, HeaderValue::from_static("no-store"))
}
