//! The door: requests for channels, before and during the upgrade to a WebSocket.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{
    AUTHORIZATION, CONNECTION, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::{HeaderMap, Method, StatusCode};
use kagiban_aws::Fault;

use crate::http::{Request, Response};

/// What a request is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Target {
    /// A node's control channel.
    Control(String),
    /// A session's data channel.
    Data(String),
}

impl Target {
    /// The node's id, or the session's.
    pub(super) fn id(&self) -> &str {
        match self {
            Target::Control(id) | Target::Data(id) => id,
        }
    }
}

/// Longer ids are nobody's.
const MAX_ID: usize = 128;

/// Finds out what a request is for; `None` for all that is not the gateway's.
pub(super) fn target(request: &Request) -> Option<Target> {
    let rest = request.path().strip_prefix("/v1/")?;
    let (kind, id) = rest.split_once('/')?;
    let id = decoded(id).filter(|id| !id.is_empty() && id.len() <= MAX_ID)?;
    match (kind, &request.method) {
        ("control-channel", &Method::GET | &Method::POST) => Some(Target::Control(id)),
        ("data-channel", &Method::GET | &Method::POST) => Some(Target::Data(id)),
        _ => None,
    }
}

/// Drops a query that only looks as if there were a signature in it: our own URLs may be marked as presigned so
/// that plugins do not sign them, and it is the token that says who is there. One that is signed stays, to be
/// held to its signature.
pub(super) fn without_presigned_mark(request: &mut Request) {
    let is_signed = |pair: &str| pair.starts_with("X-Amz-") && !pair.starts_with("X-Amz-Algorithm=");
    let in_query = request.query().split('&').any(is_signed);
    if !in_query && !request.headers.contains_key(AUTHORIZATION) {
        request.uri = request.path().parse().unwrap_or_default();
    }
}

/// Undoes percent encoding in one part of a path; ids are plain ASCII.
fn decoded(part: &str) -> Option<String> {
    let mut text = String::with_capacity(part.len());
    let mut rest = part.chars();
    while let Some(character) = rest.next() {
        let character = match character {
            '%' => {
                let digit = |digit: Option<char>| digit?.to_digit(16);
                let value = digit(rest.next())? << 4 | digit(rest.next())?;
                char::from_u32(value)?
            }
            other => other,
        };
        let known = character.is_ascii_alphanumeric() || "._=+@,-".contains(character);
        text.push(Some(character).filter(|_| known)?);
    }
    Some(text)
}

/// The answer that makes a WebSocket of a connection, or why it cannot be one.
pub(super) fn upgrade(request: &Request) -> Result<Response, Box<Response>> {
    let headers = &request.headers;
    let asked = has_token(headers, UPGRADE, "websocket") && has_token(headers, CONNECTION, "upgrade");
    let key = headers
        .get(SEC_WEBSOCKET_KEY)
        .filter(|_| asked && request.upgrade.is_some());
    let Some(key) = key else {
        return Err(plain(StatusCode::BAD_REQUEST, "a WebSocket is opened here\n").into());
    };
    if headers.get(SEC_WEBSOCKET_VERSION).map(HeaderValue::as_bytes) != Some(b"13") {
        let refusal = plain(StatusCode::UPGRADE_REQUIRED, "version 13 is spoken here\n");
        return Err(refusal
            .with(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))
            .into());
    }
    Ok(Response::empty(StatusCode::SWITCHING_PROTOCOLS)
        .with(UPGRADE, HeaderValue::from_static("websocket"))
        .with(CONNECTION, HeaderValue::from_static("Upgrade"))
        .with(SEC_WEBSOCKET_ACCEPT, accept(key)))
}

/// RFC 6455, 4.2.2: shows that the key was read by somebody who knows WebSockets.
fn accept(key: &HeaderValue) -> HeaderValue {
    const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &[key.as_bytes(), GUID].concat());
    HeaderValue::from_str(&STANDARD.encode(hash)).expect("base64 is ASCII")
}

fn has_token(headers: &HeaderMap, name: HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(name).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts
        .flat_map(|text| text.split(','))
        .any(|token| token.trim().eq_ignore_ascii_case(wanted))
}

/// The answer with a token: 201, or agents take it for a failure.
pub(super) fn created(body: Vec<u8>) -> Response {
    Response::new(StatusCode::CREATED, "application/xml", body)
}

/// A refusal, as agents read it: an element named for the error.
pub(super) fn refused(fault: &Fault) -> Response {
    let mut body = format!("<{}>", fault.code);
    if let Some(message) = &fault.message {
        body.push_str("<Message>");
        for character in message.chars() {
            match character {
                '<' => body.push_str("&lt;"),
                '>' => body.push_str("&gt;"),
                '&' => body.push_str("&amp;"),
                other => body.push(other),
            }
        }
        body.push_str("</Message>");
    }
    body.push_str(&format!("</{}>\n", fault.code));
    Response::new(status(fault), "application/xml", body)
}

/// JSON services answer 400 to nearly everything; a REST one does not.
fn status(fault: &Fault) -> StatusCode {
    match fault.code {
        "MissingAuthenticationTokenException" => StatusCode::UNAUTHORIZED,
        "AccessDeniedException"
        | "ExpiredTokenException"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "UnrecognizedClientException" => StatusCode::FORBIDDEN,
        "ResourceNotFoundException" => StatusCode::NOT_FOUND,
        "ThrottlingException" => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn plain(status: StatusCode, words: &'static str) -> Response {
    Response::new(status, "text/plain", words)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::http::Acquaintance;

    fn request(method: Method, path: &str) -> Request {
        Request {
            method,
            uri: path.parse().unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            peer: [127, 0, 0, 1].into(),
            secure: false,
            upgrade: None,
            acquaintance: Acquaintance::default(),
        }
    }

    #[test]
    fn channels_are_found_by_their_paths() {
        let found = |path| target(&request(Method::POST, path));
        assert_eq!(
            found("/v1/control-channel/mi-0123?role=subscribe"),
            Some(Target::Control("mi-0123".to_owned()))
        );
        assert_eq!(
            found("/v1/data-channel/ada%40example.com-0a1"),
            Some(Target::Data("ada@example.com-0a1".to_owned()))
        );
        for path in [
            "/",
            "/v1/",
            "/v1/data-channel/",
            "/v1/data-channel/a/b",
            "/v1/data-channel/a%2",
            "/v1/x/y",
        ] {
            assert_eq!(found(path), None, "{path}");
        }
        let long = format!("/v1/data-channel/{}", "a".repeat(MAX_ID + 1));
        assert_eq!(found(&long), None);
        assert_eq!(target(&request(Method::PUT, "/v1/data-channel/a")), None);
    }

    #[test]
    fn a_url_that_only_looks_presigned_is_not_signed() {
        let path = "/v1/data-channel/a?role=publish_subscribe&X-Amz-Algorithm=AWS4-HMAC-SHA256";
        let mut request = request(Method::GET, path);
        without_presigned_mark(&mut request);
        assert_eq!((request.path(), request.query()), ("/v1/data-channel/a", ""));
    }

    #[test]
    fn a_url_with_any_part_of_a_signature_is_held_to_it() {
        for part in ["Signature", "Credential", "Security-Token"] {
            let path = format!("/v1/data-channel/a?role=x&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-{part}=00");
            let mut request = request(Method::GET, &path);
            without_presigned_mark(&mut request);
            assert!(request.query().contains(part), "{part}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_path_an_id_is_plain(path in "/v1/(data|control)-channel/[!-~]{0,40}") {
            if let Ok(uri) = path.parse() {
                let request = Request { uri, ..request(Method::GET, "/") };
                if let Some(target) = target(&request) {
                    prop_assert!(target.id().chars().all(|c| c.is_ascii_alphanumeric() || "._=+@,-".contains(c)));
                }
            }
        }
    }

    #[test]
    fn the_key_is_answered_as_the_rfc_shows() {
        let key = HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accept(&key), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_is_no_upgrade_is_refused() {
        let answer = upgrade(&request(Method::GET, "/v1/data-channel/a")).unwrap_err();
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }

    #[test]
    fn a_refusal_is_an_element_named_for_the_error() {
        let fault = Fault::sender("AccessDeniedException", "not <you> & yours");
        let answer = refused(&fault);
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(
            answer.body,
            "<AccessDeniedException><Message>not &lt;you&gt; &amp; yours</Message></AccessDeniedException>\n"
        );
    }
}
