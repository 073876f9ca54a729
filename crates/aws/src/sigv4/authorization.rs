//! The header form: `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.

use std::borrow::Cow;

use super::ALGORITHM;
use super::error::SignatureError::{self, Incomplete, InvalidDate, NotKeyValue, Repeated, TooLong};
use super::instant::Instant;
use super::presented::{Parts, Validity};
use super::request::{Headers, HttpRequest, single};

/// Far above the longest list of signed headers that SDKs send.
const MAX_LEN: usize = 8192;

/// Finds the parts of a signature in the headers; `None` when there is no `Authorization`.
pub(super) fn parse<'a, H: Headers + ?Sized>(
    request: &HttpRequest<'a, H>,
) -> Result<Option<Parts<'a>>, SignatureError> {
    let Some(text) = header(request, "authorization")? else {
        return Ok(None);
    };
    let fields = Fields::parse(text)?;
    let instant = instant(request)?;
    match (
        fields.credential,
        fields.signature,
        fields.signed_headers,
        instant,
    ) {
        (Some(credential), Some(signature), Some(signed_headers), Some(instant)) => Ok(Some(Parts {
            credential: Cow::Borrowed(credential),
            signed_headers: Cow::Borrowed(signed_headers),
            signature: Cow::Borrowed(signature),
            session_token: header(request, "x-amz-security-token")?.map(Cow::Borrowed),
            instant,
            validity: Validity::Window,
        })),
        (credential, signature, signed_headers, instant) => Err(lacking([
            credential.is_some(),
            signature.is_some(),
            signed_headers.is_some(),
            instant.is_some(),
        ])),
    }
}

fn lacking(present: [bool; 4]) -> SignatureError {
    const SENTENCES: [&str; 4] = [
        "Authorization header requires 'Credential' parameter.",
        "Authorization header requires 'Signature' parameter.",
        "Authorization header requires 'SignedHeaders' parameter.",
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    ];
    let lacks = SENTENCES.into_iter().zip(present).filter(|(_, present)| !present);
    Incomplete {
        lacks: lacks.map(|(sentence, _)| sentence).collect(),
    }
}

/// What stands behind the algorithm.
#[derive(Default)]
struct Fields<'a> {
    credential: Option<&'a str>,
    signature: Option<&'a str>,
    signed_headers: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn parse(header: &'a str) -> Result<Fields<'a>, SignatureError> {
        let (algorithm, list) = split_once(header, b' ').unwrap_or((header, ""));
        if algorithm != ALGORITHM {
            return Err(SignatureError::UnsupportedAlgorithm);
        }
        let mut fields = Fields::default();
        let mut rest = Some(list);
        while let Some(list) = rest {
            let (pair, after) = match split_once(list, b',') {
                Some((pair, after)) => (pair.trim_ascii(), Some(after)),
                None => (list.trim_ascii(), None),
            };
            rest = after;
            if pair.is_empty() {
                continue;
            }
            let (name, value) = split_once(pair, b'=').ok_or(NotKeyValue)?;
            let (field, name) = match name {
                "Credential" => (&mut fields.credential, "Credential"),
                "Signature" => (&mut fields.signature, "Signature"),
                "SignedHeaders" => (&mut fields.signed_headers, "SignedHeaders"),
                _ => continue,
            };
            if field.replace(value).is_some() {
                return Err(Repeated { name });
            }
        }
        Ok(fields)
    }
}

/// As [`str::split_once`], which reads a character at a time what `memchr` reads by vectors.
fn split_once(text: &str, at: u8) -> Option<(&str, &str)> {
    let end = memchr::memchr(at, text.as_bytes())?;
    Some((&text[..end], &text[end + 1..]))
}

/// `X-Amz-Date`, or else `Date`: browsers and some proxies do not let clients set the latter.
fn instant<H: Headers + ?Sized>(request: &HttpRequest<'_, H>) -> Result<Option<Instant>, SignatureError> {
    if let Some(date) = header(request, "x-amz-date")? {
        return Instant::from_basic(date.as_bytes()).ok_or(InvalidDate).map(Some);
    }
    match header(request, "date")? {
        Some(date) => Instant::from_http(date.as_bytes()).ok_or(InvalidDate).map(Some),
        None => Ok(None),
    }
}

fn header<'a, H: Headers + ?Sized>(
    request: &HttpRequest<'a, H>,
    name: &'static str,
) -> Result<Option<&'a str>, SignatureError> {
    let Some(value) = single(request.headers, name).map_err(|_| Repeated { name })? else {
        return Ok(None);
    };
    if value.len() > MAX_LEN {
        return Err(TooLong { name, limit: MAX_LEN });
    }
    let text = std::str::from_utf8(value).map_err(|_| NotKeyValue)?;
    Ok(Some(text.trim_ascii()))
}
