use std::time::SystemTime;

use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use hyper::http::request::Parts;
use kagiban_aws::Timestamp;
use kagiban_aws::sigv4::{Headers, HttpRequest, Presented, SignatureError, SigningKey};

use crate::identity::{Identity, REGION};

/// Verifies the root user's signatures, with a signing key that was derived beforehand.
pub(super) struct Proof {
    day: String,
    key: SigningKey,
    service: &'static str,
    identity: Identity,
}

struct Signed<'r>(&'r HeaderMap);

impl Headers for Signed<'_> {
    fn values<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.0.get_all(name).into_iter().map(HeaderValue::as_bytes)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(HeaderName::as_str)
    }
}

impl Proof {
    /// Derives today's key.
    pub(super) fn prepare(service: &'static str) -> Proof {
        let identity = Identity::root();
        let now = Timestamp::from(SystemTime::now()).basic().to_string();
        let day = now.split('T').next().unwrap_or_default().to_owned();
        let key = SigningKey::derive(&identity.secret, &day, REGION, service);
        Proof {
            day,
            key,
            service,
            identity,
        }
    }

    pub(super) fn verify(&self, head: &Parts, body: &[u8]) -> Result<(), SignatureError> {
        let headers = Signed(&head.headers);
        let request = HttpRequest {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            headers: &headers,
            body,
        };
        let presented = Presented::parse(&request)?;
        if presented.access_key_id() != self.identity.access_key_id {
            return Err(SignatureError::UnknownAccessKey);
        }
        let now = Timestamp::from(SystemTime::now());
        match presented.scope().date {
            day if day == self.day => presented.verify(&request, &self.key, self.service, now),
            // The bench has run past midnight.
            day => {
                let key = SigningKey::derive(&self.identity.secret, day, REGION, self.service);
                presented.verify(&request, &key, self.service, now)
            }
        }
    }
}
