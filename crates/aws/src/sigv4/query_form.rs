//! The query form, also called presigned: `?X-Amz-Algorithm=…&X-Amz-Credential=…&…`.

use std::borrow::Cow;
use std::time::Duration;

use super::ALGORITHM;
use super::error::SignatureError::{
    self, Incomplete, InvalidExpires, MalformedQuery, Repeated, TooLong, TooMany,
};
use super::escape::decode;
use super::instant::Instant;
use super::presented::{Parts, Validity};

/// What HTTP servers commonly accept.
const MAX_LEN: usize = 32 * 1024;

/// Canonical queries are sorted; a bound on the parts bounds the work.
const MAX_PARAMETERS: usize = 512;

/// A week, as long as AWS lets them live.
const MAX_EXPIRES: u32 = 604_800;

/// Finds the parts of a signature in the query; `None` when it holds nothing of one.
pub(super) fn parse(query: &str) -> Result<Option<Parts<'_>>, SignatureError> {
    let fields = Fields::parse(query)?;
    let Some(algorithm) = &fields.algorithm else {
        return Ok(None);
    };
    if algorithm != ALGORITHM {
        return Err(SignatureError::UnsupportedAlgorithm);
    }
    let validity = fields.validity()?;
    match (
        fields.credential,
        fields.signature,
        fields.signed_headers,
        fields.date,
    ) {
        (Some(credential), Some(signature), Some(signed_headers), Some(date)) => Ok(Some(Parts {
            credential,
            signed_headers,
            signature,
            session_token: fields.session_token,
            instant: Instant::from_basic(date.as_bytes()).ok_or(SignatureError::InvalidDate)?,
            validity,
        })),
        (credential, signature, signed_headers, date) => Err(lacking([
            credential.is_some(),
            signature.is_some(),
            signed_headers.is_some(),
            date.is_some(),
        ])),
    }
}

fn lacking(present: [bool; 4]) -> SignatureError {
    const SENTENCES: [&str; 4] = [
        "AWS query-string parameters must include 'X-Amz-Credential'.",
        "AWS query-string parameters must include 'X-Amz-Signature'.",
        "AWS query-string parameters must include 'X-Amz-SignedHeaders'.",
        "AWS query-string parameters must include 'X-Amz-Date'.",
    ];
    let lacks = SENTENCES.into_iter().zip(present).filter(|(_, present)| !present);
    Incomplete {
        lacks: lacks
            .map(|(sentence, _)| sentence)
            .chain(["Re-examine the query-string parameters."])
            .collect(),
    }
}

/// The parameters that make a signature.
#[derive(Default)]
struct Fields<'a> {
    algorithm: Option<Cow<'a, str>>,
    credential: Option<Cow<'a, str>>,
    date: Option<Cow<'a, str>>,
    expires: Option<Cow<'a, str>>,
    session_token: Option<Cow<'a, str>>,
    signature: Option<Cow<'a, str>>,
    signed_headers: Option<Cow<'a, str>>,
}

impl<'a> Fields<'a> {
    fn parse(query: &'a str) -> Result<Fields<'a>, SignatureError> {
        let mut fields = Fields::default();
        for (name, value) in parameters(query)? {
            let name = decode(name).map_err(|_| MalformedQuery)?;
            let Some((field, name)) = fields.field(&name) else {
                continue;
            };
            let value = decode(value).map_err(|_| MalformedQuery)?;
            if field.replace(value).is_some() {
                return Err(Repeated { name });
            }
        }
        Ok(fields)
    }

    fn field(&mut self, name: &str) -> Option<(&mut Option<Cow<'a, str>>, &'static str)> {
        Some(match name {
            "X-Amz-Algorithm" => (&mut self.algorithm, "X-Amz-Algorithm"),
            "X-Amz-Credential" => (&mut self.credential, "X-Amz-Credential"),
            "X-Amz-Date" => (&mut self.date, "X-Amz-Date"),
            "X-Amz-Expires" => (&mut self.expires, "X-Amz-Expires"),
            "X-Amz-Security-Token" => (&mut self.session_token, "X-Amz-Security-Token"),
            "X-Amz-Signature" => (&mut self.signature, "X-Amz-Signature"),
            "X-Amz-SignedHeaders" => (&mut self.signed_headers, "X-Amz-SignedHeaders"),
            _ => return None,
        })
    }

    /// Without `X-Amz-Expires` a query holds as long as a header does.
    fn validity(&self) -> Result<Validity, SignatureError> {
        let Some(seconds) = &self.expires else {
            return Ok(Validity::Window);
        };
        match seconds.parse() {
            Ok(seconds @ 1..=MAX_EXPIRES) => Ok(Validity::Until(Duration::from_secs(seconds.into()))),
            _ => Err(InvalidExpires),
        }
    }
}

/// The names and values of a query, still escaped; a name without `=` has an empty value.
///
/// # Errors
///
/// When the query is longer, or has more parts, than any client sends.
pub(super) fn parameters(query: &str) -> Result<impl Iterator<Item = (&str, &str)>, SignatureError> {
    if query.len() > MAX_LEN {
        return Err(TooLong {
            name: "query",
            limit: MAX_LEN,
        });
    }
    let separators = query.bytes().filter(|b| *b == b'&').count();
    if separators >= MAX_PARAMETERS {
        return Err(TooMany {
            name: "query",
            limit: MAX_PARAMETERS,
        });
    }
    let pieces = query.split('&').filter(|piece| !piece.is_empty());
    Ok(pieces.map(|piece| piece.split_once('=').unwrap_or((piece, ""))))
}
