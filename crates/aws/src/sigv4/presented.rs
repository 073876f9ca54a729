use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::credential::{Credential, Scope};
use super::digest::{hex, sha256, unhex};
use super::error::SignatureError::{self, BothForms, InvalidSignedHeaders, Mismatch, Missing, TooMany};
use super::instant::Instant;
use super::key::string_to_sign;
use super::request::{Headers, HttpRequest, single};
use super::{SigningKey, authorization, canonical, node, query_form};
use crate::Timestamp;

/// The signature that a request presents, read but not yet believed.
#[derive(Clone)]
pub struct Presented<'a> {
    credential: Credential<'a>,
    session_token: Option<Cow<'a, str>>,
    signed_headers: Cow<'a, str>,
    signature: Signature,
    instant: Instant,
    validity: Validity,
}

/// What was presented as a signature.
#[derive(Clone)]
enum Signature {
    /// An HMAC with a signing key.
    Hmac([u8; 32]),
    /// RSASSA-PSS with a managed node's own key.
    Rsa(Vec<u8>),
}

impl Signature {
    /// Whose signature it is says what it is: no access key id has a hyphen.
    fn parse(id: &str, text: &str, validity: Validity) -> Option<Signature> {
        match id.starts_with("mi-") || id.starts_with("i-") {
            true => {
                matches!(validity, Validity::Window).then(|| node::signature(text).map(Signature::Rsa))?
            }
            false => unhex(text.as_bytes()).map(Signature::Hmac),
        }
    }
}

/// A signature's parts, as the header or the query holds them.
pub(super) struct Parts<'a> {
    pub(super) credential: Cow<'a, str>,
    pub(super) signed_headers: Cow<'a, str>,
    pub(super) signature: Cow<'a, str>,
    pub(super) session_token: Option<Cow<'a, str>>,
    pub(super) instant: Instant,
    pub(super) validity: Validity,
}

/// How long a signature holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Validity {
    /// As far as clocks may differ.
    Window,
    /// As long as its author chose.
    Until(Duration),
}

impl<'a> Presented<'a> {
    /// How far the client's clock may be from ours. S3 alone allows 15 minutes.
    pub const CLOCK_SKEW: Duration = Duration::from_secs(300);

    /// SDKs sign about ten.
    const MAX_SIGNED_HEADERS: usize = 64;

    /// Reads the signature from the `Authorization` header or from the query.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Missing`] if neither has one; otherwise what is malformed, or beyond what
    /// any client sends.
    pub fn parse<H: Headers + ?Sized>(request: &HttpRequest<'a, H>) -> Result<Presented<'a>, SignatureError> {
        let query = query_form::parse(request.query)?;
        let parts = match (authorization::parse(request)?, query) {
            (Some(_), Some(_)) => return Err(BothForms),
            (Some(parts), None) | (None, Some(parts)) => parts,
            (None, None) => return Err(Missing),
        };
        check_order(&parts.signed_headers)?;
        let credential = Credential::parse(parts.credential)?;
        let signature = Signature::parse(credential.access_key_id(), &parts.signature, parts.validity);
        Ok(Presented {
            credential,
            session_token: parts.session_token,
            signed_headers: parts.signed_headers,
            signature: signature.ok_or(Mismatch)?,
            instant: parts.instant,
            validity: parts.validity,
        })
    }

    /// Whose key is said to have signed.
    pub fn access_key_id(&self) -> &str {
        self.credential.access_key_id()
    }

    /// The managed node that signed with its own key, if one did.
    pub fn node(&self) -> Option<&str> {
        match self.signature {
            Signature::Hmac(_) => None,
            Signature::Rsa(_) => Some(self.credential.access_key_id()),
        }
    }

    /// Where and when the signature holds.
    pub fn scope(&self) -> Scope<'_> {
        self.credential.scope()
    }

    /// What temporary credentials send along.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// When the request was signed, by the client's clock.
    pub fn signed_at(&self) -> Timestamp {
        self.instant.time
    }

    /// Proves that `request`, the one this was parsed from, was signed with `key` for `service`,
    /// and that `now` is within its time.
    ///
    /// # Errors
    ///
    /// What does not hold, in AWS's order: clock, scope, headers, signature. The caller has to
    /// spend this even on unknown access keys, with [`SigningKey::nobody`].
    pub fn verify<H: Headers + ?Sized>(
        &self,
        request: &HttpRequest<'_, H>,
        key: &SigningKey,
        service: &str,
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        let canonical = self.canonical(request, service, now)?;
        let expected = key.sign(self.instant.basic(), self.credential.signed(), &canonical);
        match &self.signature {
            Signature::Hmac(given) => verify_slices_are_equal(&expected, given).map_err(|_| Mismatch),
            Signature::Rsa(_) => Err(Mismatch),
        }
    }

    /// The same for a request that a managed node has signed with its own key, of which `public_key` is
    /// the DER of the SubjectPublicKeyInfo.
    ///
    /// # Errors
    ///
    /// As [`Presented::verify`].
    pub fn verify_node<H: Headers + ?Sized>(
        &self,
        request: &HttpRequest<'_, H>,
        public_key: &[u8],
        service: &str,
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        let canonical = self.canonical(request, service, now)?;
        match &self.signature {
            Signature::Hmac(_) => Err(Mismatch),
            Signature::Rsa(given) => {
                let signed = string_to_sign(self.instant.basic(), self.credential.signed(), &canonical);
                node::verify(public_key, &signed, given)
            }
        }
    }

    /// The digest of the canonical request, once everything but the signature holds.
    fn canonical<H: Headers + ?Sized>(
        &self,
        request: &HttpRequest<'_, H>,
        service: &str,
        now: Timestamp,
    ) -> Result<[u8; 32], SignatureError> {
        self.check_clock(now)?;
        self.check_scope(service)?;
        self.check_headers(request.headers)?;
        let body = hex(&sha256(request.body));
        check_body(request.headers, &body)?;
        canonical::digest(request, &self.signed_headers, &body)
    }

    fn check_clock(&self, now: Timestamp) -> Result<(), SignatureError> {
        let signed = self.instant.time;
        if signed > now.plus(Self::CLOCK_SKEW) {
            let window = Self::CLOCK_SKEW;
            return Err(SignatureError::NotYetCurrent { signed, now, window });
        }
        let window = match self.validity {
            Validity::Window => Self::CLOCK_SKEW,
            Validity::Until(expires) => expires,
        };
        // To the second, as the timestamp is: a signature made for 5 minutes holds for all of them.
        if signed.plus(window).seconds() < now.seconds() {
            return Err(SignatureError::Expired { signed, now, window });
        }
        Ok(())
    }

    fn check_scope(&self, service: &str) -> Result<(), SignatureError> {
        let scope = self.scope();
        if scope.service != service {
            return Err(SignatureError::WrongService {
                service: service.into(),
            });
        }
        if scope.date != self.instant.day() {
            return Err(SignatureError::WrongDay {
                scope: scope.date.into(),
                day: self.instant.day().into(),
                timestamp: self.instant.basic().into(),
            });
        }
        Ok(())
    }

    /// An unsigned header could be swapped under a captured signature, and `X-Amz-Target` decides
    /// which operation is run.
    fn check_headers<H: Headers + ?Sized>(&self, headers: &H) -> Result<(), SignatureError> {
        let signed = |name: &str| canonical::names(&self.signed_headers).any(|signed| signed == name);
        if !signed("host") {
            return Err(unsigned("host"));
        }
        // Agents send the body's hash without signing it; it has to be right all the same.
        let excused = |name: &str| self.node().is_some() && name == "x-amz-content-sha256";
        let must = |name: &str| must_be_signed(name) && !excused(name);
        match headers.names().find(|name| must(name) && !signed(name)) {
            Some(name) => Err(unsigned(name)),
            None => Ok(()),
        }
    }
}

/// botocore and the other SDKs sign all of these; what they leave out, such as `amz-sdk-request` and
/// `x-amzn-trace-id`, is named differently. CloudFront adds its id on the way.
fn must_be_signed(name: &str) -> bool {
    name.starts_with("x-amz-") && name != "x-amz-cf-id"
}

fn unsigned(name: &str) -> SignatureError {
    SignatureError::UnsignedHeader {
        name: name.chars().take(64).collect(),
    }
}

/// Ascending order also means that no header is canonicalized twice.
///
/// UNSURE: AWS may sort the list itself; every SDK sends it sorted.
fn check_order(signed_headers: &str) -> Result<(), SignatureError> {
    const LIMIT: usize = Presented::MAX_SIGNED_HEADERS;

    let mut last = "";
    for (count, name) in canonical::names(signed_headers).enumerate() {
        if count == LIMIT {
            return Err(TooMany {
                name: "SignedHeaders",
                limit: LIMIT,
            });
        }
        if name <= last || name.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(InvalidSignedHeaders);
        }
        last = name;
    }
    Ok(())
}

/// A body hash that the client states must be the body's: were it believed instead, a captured
/// signature would cover any body. `UNSIGNED-PAYLOAD` is for S3.
fn check_body<H: Headers + ?Sized>(headers: &H, body: &[u8; 64]) -> Result<(), SignatureError> {
    match single(headers, "x-amz-content-sha256").map_err(|_| Mismatch)? {
        Some(stated) if stated != body => Err(Mismatch),
        _ => Ok(()),
    }
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented")
            .field("access_key_id", &self.access_key_id())
            .field("scope", &self.scope())
            .field("signed_headers", &self.signed_headers)
            .field("signed_at", &self.instant.basic())
            .finish_non_exhaustive()
    }
}
