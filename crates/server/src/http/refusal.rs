use hyper::StatusCode;
use hyper::header::{CONNECTION, HeaderValue};

use super::Response;

/// Why the listener itself answers, instead of the handler.
///
/// The listener does not know which service was meant, so these go out in the JSON services'
/// form; AWS's SDKs read the status if they cannot read the body.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The body is larger than [`Limits::body_bytes`](super::Limits::body_bytes).
    #[error("the request's body is larger than this server accepts")]
    BodyTooLarge,
    /// There are more headers than [`Limits::headers`](super::Limits::headers).
    #[error("the request has more headers than this server accepts")]
    TooManyHeaders,
    /// The body did not arrive in time.
    #[error("the request's body did not arrive in time")]
    BodyTooSlow,
    /// The body ended early or was not framed as announced.
    #[error("the request's body could not be read")]
    BodyBroken,
    /// The handler panicked.
    #[error("internal error")]
    Panicked,
}

impl Refusal {
    /// The answer. All but a panic's close the connection: what follows cannot be trusted to be
    /// the start of another request.
    pub fn response(self) -> Response {
        let (status, code) = match self {
            Refusal::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException"),
            Refusal::TooManyHeaders => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "RequestHeaderFieldsTooLargeException",
            ),
            Refusal::BodyTooSlow => (StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException"),
            Refusal::BodyBroken => (StatusCode::BAD_REQUEST, "MalformedHttpRequestException"),
            Refusal::Panicked => (StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure"),
        };
        let body = format!(r#"{{"__type":"{code}","message":"{self}"}}"#);
        let response = Response::new(status, "application/x-amz-json-1.1", body);
        match self {
            Refusal::Panicked => response,
            _ => response.with(CONNECTION, HeaderValue::from_static("close")),
        }
    }
}
