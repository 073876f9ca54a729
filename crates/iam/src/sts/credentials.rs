//! Temporary credentials, as every operation of STS gives them.

use kagiban_aws::{AccessKeyId, KeyOrigin};

use super::session_policies::too_large;
use super::{SessionClaims, wire};
use crate::{IamError, View, With};

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
