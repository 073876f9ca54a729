//! Answers and faults as HTTP responses.

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use kagiban_aws::Fault;
use kagiban_aws::wire::Protocol;

use crate::http::Response;
use crate::request_id::RequestId;

/// Every answer names its request, as the log and the audit do.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Why a request was denied, for DecodeAuthorizationMessage.
const AUTHORIZATION_MESSAGE: HeaderName = HeaderName::from_static("x-kagiban-authorization-message");

/// Adds the request's id.
pub(crate) fn identified(response: Response, id: RequestId) -> Response {
    let id = HeaderValue::from_str(id.as_str()).expect("hexadecimal digits and dashes");
    response.with(REQUEST_ID, id)
}

/// What a client gets: the body of an answer, or a fault as its service writes it.
pub(super) fn answer(protocol: Protocol, outcome: Result<Vec<u8>, Fault>, id: RequestId) -> Response {
    match outcome {
        Ok(body) => Response::new(StatusCode::OK, protocol.content_type(), body),
        Err(fault) => {
            let mut body = Vec::new();
            fault.write(protocol, id.as_str(), &mut body);
            let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let response = Response::new(status, protocol.content_type(), body)
                .with(ERROR_TYPE, HeaderValue::from_static(fault.code));
            match fault
                .sealed_reason
                .and_then(|sealed| HeaderValue::from_str(&sealed).ok())
            {
                Some(sealed) => response.with(AUTHORIZATION_MESSAGE, sealed),
                None => response,
            }
        }
    }
}

/// Not the caller's doing, and worth another try: SDKs make it on their own.
pub(super) fn unavailable() -> Fault {
    Fault::sender(
        "ServiceUnavailable",
        "The request has failed due to a temporary failure of the server.",
    )
    .with_status(503)
}
