//! The canonical form of a request: what both sides hash.
//!
//! ```text
//! METHOD \n path \n query \n (name:value \n)* \n signed headers \n hex(sha256(body))
//! ```
//!
//! It is never built as a whole but poured into the hash piece by piece.

use super::digest::Sha256;
use super::error::SignatureError::{self, MalformedPath, MalformedQuery, Mismatch, TooLong};
use super::escape::{escape, is_unreserved, normalize_into};
use super::query_form::parameters;
use super::request::{Headers, HttpRequest};

/// What HTTP servers commonly accept.
const MAX_PATH: usize = 8192;

/// SHA-256 of the canonical form; `body` is the hex of the body's.
///
/// # Errors
///
/// When a signed header is missing, or path or query cannot be made canonical.
pub(super) fn digest<H: Headers + ?Sized>(
    request: &HttpRequest<'_, H>,
    signed_headers: &str,
    body: &[u8; 64],
) -> Result<[u8; 32], SignatureError> {
    let mut out = Sha256::new();
    out.put(request.method.as_bytes());
    out.put(b"\n");
    put_path(request.path, &mut out)?;
    out.put(b"\n");
    put_query(request.query, &mut out)?;
    out.put(b"\n");
    for name in names(signed_headers) {
        put_header(name, request.headers, &mut out)?;
    }
    out.put(b"\n");
    out.put(signed_headers.as_bytes());
    out.put(b"\n");
    out.put(body);
    Ok(out.finish())
}

/// The names in `SignedHeaders`.
///
/// Split by hand: they are short, and the standard library's search, made for long texts, took a
/// tenth of all the time.
pub(super) fn names(signed_headers: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(signed_headers);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.bytes().position(|b| b == b';');
        rest = end.map(|end| &text[end + 1..]);
        Some(&text[..end.unwrap_or(text.len())])
    })
}

/// The path without `.`, `..` and empty segments, escaped once more on top of its wire form, so
/// that `%20` becomes `%2520`. S3 alone does neither.
///
/// A trailing slash stays; `..` above the root is dropped.
fn put_path(path: &str, out: &mut Sha256) -> Result<(), SignatureError> {
    if path.len() > MAX_PATH {
        return Err(TooLong {
            name: "path",
            limit: MAX_PATH,
        });
    }
    if matches!(path, "" | "/") {
        out.put(b"/");
        return Ok(());
    }
    if !path.starts_with('/') {
        return Err(MalformedPath); // else `a` and `/a` would have one signature
    }
    let segments = segments(path);
    for segment in &segments {
        out.put(b"/");
        put_escaped(segment, out);
    }
    if path.ends_with('/') || segments.is_empty() {
        out.put(b"/");
    }
    Ok(())
}

fn segments(path: &str) -> Vec<&str> {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    segments
}

fn put_escaped(text: &str, out: &mut Sha256) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|b| !is_unreserved(*b)) {
        out.put(&rest[..at]);
        out.put(&escape(rest[at]));
        rest = &rest[at + 1..];
    }
    out.put(rest);
}

/// The parameters in one spelling, sorted by name, then by value; all but the signature itself.
fn put_query(query: &str, out: &mut Sha256) -> Result<(), SignatureError> {
    if query.is_empty() {
        return Ok(());
    }
    let mut text = Vec::with_capacity(query.len() + query.len() / 2);
    let mut spans = Vec::new();
    for (name, value) in parameters(query)? {
        let start = text.len();
        normalize_into(name, &mut text).map_err(|_| MalformedQuery)?;
        let middle = text.len();
        normalize_into(value, &mut text).map_err(|_| MalformedQuery)?;
        spans.push((start..middle, middle..text.len()));
    }
    let mut pairs: Vec<(&[u8], &[u8])> = spans
        .into_iter()
        .map(|(name, value)| (&text[name], &text[value]))
        .filter(|(name, _)| *name != b"X-Amz-Signature")
        .collect();
    pairs.sort_unstable();
    for (place, (name, value)) in pairs.into_iter().enumerate() {
        if place > 0 {
            out.put(b"&");
        }
        out.put(name);
        out.put(b"=");
        out.put(value);
    }
    Ok(())
}

/// `name:value`, where values that came apart are joined by commas in order of arrival.
fn put_header<H: Headers + ?Sized>(name: &str, headers: &H, out: &mut Sha256) -> Result<(), SignatureError> {
    let mut values = headers.values(name);
    out.put(name.as_bytes());
    out.put(b":");
    put_words(values.next().ok_or(Mismatch)?, out);
    for value in values {
        out.put(b",");
        put_words(value, out);
    }
    out.put(b"\n");
    Ok(())
}

/// The value without outer blanks, and one space for each run of inner ones.
fn put_words(value: &[u8], out: &mut Sha256) {
    let words = value.split(|b| matches!(b, b' ' | b'\t'));
    for (place, word) in words.filter(|word| !word.is_empty()).enumerate() {
        if place > 0 {
            out.put(b" ");
        }
        out.put(word);
    }
}
