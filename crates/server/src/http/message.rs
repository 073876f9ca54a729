use std::net::IpAddr;

use bytes::Bytes;
use hyper::header::HeaderName;
use hyper::upgrade::OnUpgrade;
use hyper::{HeaderMap, Method, StatusCode, Uri, header::HeaderValue};

use crate::strangers::Acquaintance;

/// A whole request, read within the limits and not yet believed.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The request target as it was sent.
    pub uri: Uri,
    /// The headers, in the order of arrival for each name.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// Where the connection comes from.
    pub peer: IpAddr,
    /// Whether the connection is TLS.
    pub secure: bool,
    /// The connection itself, for WebSockets: it resolves after the handler has answered 101.
    /// `None` unless the client asked for an upgrade.
    pub upgrade: Option<OnUpgrade>,
    /// To be made by who finds out who asks, at once: an answer may take its time.
    pub acquaintance: Acquaintance,
}

impl Request {
    /// The path as it was sent: percent signs and all, because signatures cover it so.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// What follows `?`, as it was sent; empty if there is none.
    pub fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }
}

/// A whole answer. The listener adds `Date`, `Content-Length` and, at the end, `Connection`.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Response {
    /// An answer without body or headers.
    pub fn empty(status: StatusCode) -> Response {
        Response {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// An answer with a body of one type.
    pub fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response {
        Response {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
        }
        .with(
            hyper::header::CONTENT_TYPE,
            HeaderValue::from_static(content_type),
        )
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Response {
        self.headers.insert(name, value);
        self
    }
}

/// Whoever turns requests into answers.
///
/// It runs on the connection's own task: blocking in it blocks the thread, and a panic in it is
/// answered with 500 and ends nothing else.
pub trait Handler: Send + Sync + 'static {
    /// Answers one request.
    fn handle(&self, request: Request) -> impl Future<Output = Response> + Send;

    /// The server is stopping: answers that wait for something are due.
    fn stop(&self) {}
}
