//! Who sent this? The signature is verified here, with a cached signing key.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::quality::RandomState;
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use kagiban_aws::sigv4::{Headers, HttpRequest, Presented, Scope, SignatureError, SigningKey};
use kagiban_aws::{AccessKeyId, Region, SecretString, Timestamp};
use kagiban_iam::Caller;
use kagiban_iam::authenticate::{Candidate, candidate};

use super::nodes;
use super::world::Snapshot;
use crate::http::Request;

/// A request's headers, as signatures see them.
pub(super) struct Signed<'r>(pub(super) &'r HeaderMap);

impl Headers for Signed<'_> {
    /// Looked for one by one: there are a dozen, and to hash a name takes longer than to pass them by.
    fn values<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.0
            .iter()
            .filter(move |(own, _)| own.as_str() == name)
            .map(|(_, value)| value.as_bytes())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(hyper::header::HeaderName::as_str)
    }
}

/// A caller whose signature is right, and the Region they signed for.
pub(super) struct Proven {
    pub(super) caller: Caller,
    pub(super) region: Region,
}

impl Proven {
    /// Nobody has signed; the operation has to find out by itself who asks.
    //
    // DIFFERS: AWS takes the Region from the endpoint, of which there is one here for all Regions.
    fn nobody() -> Proven {
        Proven {
            caller: Caller::anonymous(),
            region: Region::us_east_1(),
        }
    }
}

/// Derived signing keys: deriving one costs as much as verifying with it twice.
///
/// A verdict is never cached. A key is used only for the secret it was derived from, so a changed
/// or deleted access key is felt at once.
pub(super) struct SigningKeys {
    derived: RwLock<HashMap<Place, Arc<Derived>, RandomState>>,
    nobody: SigningKey,
}

/// Access key id, date, Region and service: all of them inline, so looking one up allocates nothing.
type Place = (AccessKeyId, [u8; 8], Region, &'static str);

struct Derived {
    secret: SecretString,
    key: SigningKey,
}

/// When there are more, all are dropped: cheaper than keeping their order.
const MAX_DERIVED: usize = 8192;

impl SigningKeys {
    pub(super) fn new() -> SigningKeys {
        SigningKeys {
            derived: RwLock::default(),
            nobody: SigningKey::nobody(),
        }
    }

    /// As [`SigningKeys::prove`], but a request without any trace of a signature is nobody's.
    ///
    /// # Errors
    ///
    /// As there: a signature that is broken or half there is refused, never overlooked.
    pub(super) fn prove_if_signed(
        &self,
        request: &Request,
        service: &'static str,
        snapshot: Snapshot<'_>,
        now: Timestamp,
    ) -> Result<Proven, SignatureError> {
        match self.prove(request, service, snapshot, now) {
            Err(SignatureError::Missing) if is_bare(request) => Ok(Proven::nobody()),
            proven => proven,
        }
    }

    /// Proves who sent a request to `service`.
    ///
    /// # Errors
    ///
    /// What is wrong with the proof. An unknown access key costs as much time as a wrong signature.
    pub(super) fn prove(
        &self,
        request: &Request,
        service: &'static str,
        snapshot: Snapshot<'_>,
        now: Timestamp,
    ) -> Result<Proven, SignatureError> {
        let headers = Signed(&request.headers);
        let signed = HttpRequest {
            method: request.method.as_str(),
            path: request.path(),
            query: request.query(),
            headers: &headers,
            body: &request.body,
        };
        let presented = Presented::parse(&signed)?;
        if let Some(id) = presented.node() {
            return nodes::prove(&presented, &signed, id, service, snapshot, now);
        }
        let found = candidate(
            presented.access_key_id(),
            presented.session_token(),
            &snapshot.world.iam,
            &snapshot.keys.sessions,
            now,
        );
        let found = found.and_then(|candidate| nodes::alive(candidate, snapshot));
        let Candidate { secret, caller } = match found {
            Ok(candidate) => candidate,
            Err(unknown) => {
                // The outcome is dropped: only the time it takes matters.
                let _ = presented.verify(&signed, &self.nobody, service, now);
                return Err(unknown);
            }
        };
        let place = place(&presented, caller.access_key_id, service);
        let (derived, known) = self.derived(place, &presented, secret);
        presented.verify(&signed, &derived.key, service, now)?;
        if !known {
            self.keep(place, derived);
        }
        Ok(Proven {
            caller,
            region: presented.scope().region,
        })
    }

    /// The signing key of a request's scope, and whether it was known already.
    fn derived(&self, place: Place, presented: &Presented<'_>, secret: SecretString) -> (Arc<Derived>, bool) {
        let all = self.derived.read().unwrap_or_else(PoisonError::into_inner);
        let known = all
            .get(&place)
            .filter(|known| same(&known.secret, &secret))
            .cloned();
        drop(all);
        if let Some(known) = known {
            return (known, true);
        }
        // Under the scope's own service: verify() is what refuses one that is not ours.
        let Scope {
            date,
            region,
            service,
        } = presented.scope();
        let key = SigningKey::derive(secret.expose(), date, region.as_str(), service);
        (Arc::new(Derived { secret, key }), false)
    }

    /// Only what has verified is kept, so that nobody can push others' keys out with made-up scopes.
    fn keep(&self, place: Place, derived: Arc<Derived>) {
        let mut all = self.derived.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_DERIVED {
            all.clear();
        }
        all.insert(place, derived);
    }
}

/// Whether not even a part of a signature is there.
pub(crate) fn is_bare(request: &Request) -> bool {
    let query = request.query().to_ascii_lowercase();
    !request.headers.contains_key(AUTHORIZATION) && !query.contains("x-amz-")
}

fn place(presented: &Presented<'_>, id: AccessKeyId, service: &'static str) -> Place {
    let Scope { date, region, .. } = presented.scope();
    let date = date.as_bytes().try_into().unwrap_or_default(); // eight digits, or verify() refuses
    (id, date, region, service)
}

pub(super) fn same(one: &SecretString, other: &SecretString) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one.expose().as_bytes(), other.expose().as_bytes())
        .is_ok()
}
