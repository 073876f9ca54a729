use std::fmt;
use std::time::Duration;

use super::digest::{hex, sha256};
use super::error::SignatureError;
use super::escape::encode_into;
use super::instant::Instant;
use super::request::{Headers, HttpRequest};
use super::{ALGORITHM, SigningKey, TERMINATOR, canonical};
use crate::{Region, Timestamp};

/// What a client signs with.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// Such as `AKIAIOSFODNN7EXAMPLE`.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret: &'a str,
    /// Present with temporary credentials.
    pub session_token: Option<&'a str>,
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// The headers that make a request a signed one. They replace others of their name.
#[derive(Clone)]
pub struct Added<'a> {
    /// `Authorization`.
    pub authorization: String,
    /// `X-Amz-Date`.
    pub date: String,
    /// `X-Amz-Security-Token`, with temporary credentials.
    pub security_token: Option<&'a str>,
}

impl Added<'_> {
    /// Names, in lower case, and values.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let token = self.security_token.map(|token| ("x-amz-security-token", token));
        [
            ("authorization", self.authorization.as_str()),
            ("x-amz-date", self.date.as_str()),
        ]
        .into_iter()
        .chain(token)
    }
}

impl fmt::Debug for Added<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Added")
            .field("date", &self.date)
            .finish_non_exhaustive()
    }
}

/// Signs `request` as of `now`, covering all its headers but those that change on the way.
///
/// The headers must hold `host`.
///
/// # Errors
///
/// When the request cannot be made canonical: an escape in the query is broken, or path or query
/// are longer than servers accept.
pub fn sign<'a, H: Headers + ?Sized>(
    request: &HttpRequest<'_, H>,
    credentials: &Credentials<'a>,
    region: Region,
    service: &str,
    now: Timestamp,
) -> Result<Added<'a>, SignatureError> {
    let instant = Instant::new(now).ok_or(SignatureError::InvalidDate)?;
    let signer = Signer {
        credentials,
        instant,
        region,
        service,
    };
    let mut extra = vec![("x-amz-date", instant.basic())];
    extra.extend(
        credentials
            .session_token
            .map(|token| ("x-amz-security-token", token)),
    );
    let layered = Layered {
        below: request.headers,
        extra: &extra,
    };
    let signed_headers = signable(&layered);
    let request = HttpRequest {
        method: request.method,
        path: request.path,
        query: request.query,
        headers: &layered,
        body: request.body,
    };
    let signature = signer.signature(&request, &signed_headers)?;
    Ok(Added {
        authorization: format!(
            "{ALGORITHM} Credential={}/{}, SignedHeaders={signed_headers}, Signature={signature}",
            credentials.access_key_id,
            signer.scope(),
        ),
        date: instant.basic().to_owned(),
        security_token: credentials.session_token,
    })
}

/// Signs `request` as a managed node does with its own key, instead of an access key's secret:
/// `signature` makes the text of the signature from the string to sign.
///
/// The headers are those of [`sign`], and the credential names the node.
///
/// # Errors
///
/// As [`sign`].
pub fn sign_with<H: Headers + ?Sized>(
    request: &HttpRequest<'_, H>,
    node: &str,
    region: Region,
    service: &str,
    now: Timestamp,
    signature: impl FnOnce(&[u8]) -> String,
) -> Result<Added<'static>, SignatureError> {
    let instant = Instant::new(now).ok_or(SignatureError::InvalidDate)?;
    let date = instant.basic();
    let layered = Layered {
        below: request.headers,
        extra: &[("x-amz-date", date)],
    };
    let signed_headers = signable(&layered);
    let request = HttpRequest {
        method: request.method,
        path: request.path,
        query: request.query,
        headers: &layered,
        body: request.body,
    };
    let canonical = canonical::digest(&request, &signed_headers, &hex(&sha256(request.body)))?;
    let scope = format!("{}/{region}/{service}/{TERMINATOR}", instant.day());
    let canonical: String = hex(&canonical).map(char::from).iter().collect();
    let signature = signature(format!("{ALGORITHM}\n{date}\n{scope}\n{canonical}").as_bytes());
    Ok(Added {
        authorization: format!(
            "{ALGORITHM} Credential={node}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"
        ),
        date: date.to_owned(),
        security_token: None,
    })
}

/// Signs `request` in its query, for whoever holds the URL during `expires` from `now`.
///
/// Returns the new query, without `?`. The headers must hold `host` and whatever else the bearer
/// will have to send alike.
///
/// # Errors
///
/// As [`sign`], and when `expires` is not within 1 second and 7 days.
pub fn presign<H: Headers + ?Sized>(
    request: &HttpRequest<'_, H>,
    credentials: &Credentials<'_>,
    region: Region,
    service: &str,
    expires: Duration,
    now: Timestamp,
) -> Result<String, SignatureError> {
    if !(1..=604_800).contains(&expires.as_secs()) {
        return Err(SignatureError::InvalidExpires);
    }
    let instant = Instant::new(now).ok_or(SignatureError::InvalidDate)?;
    let signer = Signer {
        credentials,
        instant,
        region,
        service,
    };
    let signed_headers = signable(request.headers);
    let mut query = signer.query(request.query, expires, &signed_headers);
    let request = HttpRequest {
        query: &query,
        ..*request
    };
    let signature = signer.signature(&request, &signed_headers)?;
    append(&mut query, "X-Amz-Signature", &signature);
    Ok(query)
}

/// One signing in progress.
struct Signer<'a> {
    credentials: &'a Credentials<'a>,
    instant: Instant,
    region: Region,
    service: &'a str,
}

impl Signer<'_> {
    fn scope(&self) -> String {
        format!(
            "{}/{}/{}/{TERMINATOR}",
            self.instant.day(),
            self.region,
            self.service
        )
    }

    fn signature<H: Headers + ?Sized>(
        &self,
        request: &HttpRequest<'_, H>,
        signed_headers: &str,
    ) -> Result<String, SignatureError> {
        let canonical = canonical::digest(request, signed_headers, &hex(&sha256(request.body)))?;
        let day = self.instant.day();
        let key = SigningKey::derive(self.credentials.secret, day, self.region.as_str(), self.service);
        let signature = hex(&key.sign(self.instant.basic(), &self.scope(), &canonical));
        Ok(signature.map(char::from).iter().collect())
    }

    fn query(&self, query: &str, expires: Duration, signed_headers: &str) -> String {
        let mut query = query.to_owned();
        append(&mut query, "X-Amz-Algorithm", ALGORITHM);
        let credential = format!("{}/{}", self.credentials.access_key_id, self.scope());
        append(&mut query, "X-Amz-Credential", &credential);
        append(&mut query, "X-Amz-Date", self.instant.basic());
        append(&mut query, "X-Amz-Expires", &expires.as_secs().to_string());
        append(&mut query, "X-Amz-SignedHeaders", signed_headers);
        if let Some(token) = self.credentials.session_token {
            append(&mut query, "X-Amz-Security-Token", token);
        }
        query
    }
}

fn append(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    let mut escaped = Vec::with_capacity(value.len());
    encode_into(value.as_bytes(), &mut escaped);
    query.push_str(name);
    query.push('=');
    query.extend(escaped.into_iter().map(char::from));
}

/// What proxies and HTTP libraries add, change or drop on the way: botocore's list, and the header
/// that is to be made.
const UNSIGNABLE: [&str; 15] = [
    "authorization",
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

fn signable<H: Headers + ?Sized>(headers: &H) -> String {
    let mut names: Vec<&str> = headers
        .names()
        .filter(|name| !UNSIGNABLE.contains(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.join(";")
}

/// Headers that some others are laid over.
struct Layered<'a, H: ?Sized> {
    below: &'a H,
    extra: &'a [(&'static str, &'a str)],
}

impl<H: Headers + ?Sized> Headers for Layered<'_, H> {
    fn values<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        let extra = self.extra.iter().find(|(extra, _)| *extra == name);
        let below = extra.is_none().then(|| self.below.values(name));
        let extra = extra.map(|(_, value)| value.as_bytes());
        extra.into_iter().chain(below.into_iter().flatten())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let extra = self.extra.iter().map(|(name, _)| *name);
        self.below.names().chain(extra)
    }
}
