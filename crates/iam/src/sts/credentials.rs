//! Temporary credentials, as every operation of STS gives them.

use kagiban_aws::{AccessKeyId, KeyOrigin};

use super::session_policies::too_large;
use super::{SessionClaims, wire};
use crate::{Call, IamError, Identity, View, With};

/// Bytes of session policies and tags that a token takes in; clients put tokens into headers.
// DIFFERS: AWS packs them into a form of its own and gives no size; here they are counted as they are.
const PACKED_LIMIT: usize = 4096;

/// Seals claims into new credentials.
pub(crate) fn credentials(claims: &SessionClaims, view: &View<'_>, with: &With<'_>) -> wire::Credentials {
    let id = AccessKeyId::new(KeyOrigin::Temporary, claims.account, with.entropy.bytes());
    let issued = view.sessions.issue(claims, id, with.entropy);
    wire::Credentials {
        access_key_id: Some(issued.access_key_id.to_string()),
        secret_access_key: Some(issued.secret),
        session_token: Some(issued.token),
        expiration: Some(claims.expires),
    }
}

/// How much of the room for policies and tags a session takes, in percent; none if it has neither.
///
/// # Errors
///
/// `PackedPolicyTooLarge` above 100.
pub(crate) fn packed_percent(claims: &SessionClaims) -> Result<Option<i32>, IamError> {
    if claims.policy.is_none() && claims.policy_arns.is_empty() && claims.tags.is_empty() {
        return Ok(None);
    }
    let packed = (
        &claims.policy,
        &claims.policy_arns,
        &claims.tags,
        &claims.transitive_tag_keys,
    );
    let bytes = serde_json::to_vec(&packed).expect("claims are plain data").len();
    match (bytes * 100).div_ceil(PACKED_LIMIT) {
        percent if percent > 100 => Err(too_large(percent)),
        percent => Ok(i32::try_from(percent).ok()),
    }
}

/// Takes `DurationSeconds`.
///
/// # Errors
///
/// Below 900 or above `max`: AWS refuses rather than clamps, and so do we.
pub(crate) fn seconds(wire: Option<i32>, max: u32) -> Result<Option<u32>, IamError> {
    let Some(wire) = wire else {
        return Ok(None);
    };
    let seconds = u32::try_from(wire)
        .ok()
        .filter(|seconds| (900..=max).contains(seconds));
    seconds.map(Some).ok_or_else(|| {
        IamError::ValidationError(format!(
            "1 validation error detected: Value '{wire}' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and {max}"
        ))
    })
}

/// How long credentials live that a user or the root user asks for, in whole seconds: twelve hours
/// unless it is said, and one at most for the root user, whatever is said.
///
/// Source: STS API Reference, `GetSessionToken` and `GetFederationToken`, `DurationSeconds`.
pub(crate) fn lifetime(requested: Option<u32>, call: &Call<'_>) -> u32 {
    let seconds = requested.unwrap_or(43_200);
    match call.caller.identity {
        Identity::Root => seconds.min(3600),
        Identity::Anonymous
        | Identity::Node(_)
        | Identity::User(_)
        | Identity::Role(_)
        | Identity::Federated(_) => seconds,
    }
}
