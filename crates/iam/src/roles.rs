//! Roles: their trust policies, and how answers show them.

use kagiban_aws::AccountId;
use kagiban_aws::wire::query::percent_encode;

use crate::document::{MAX_STORED_BYTES, TrustPolicy};
use crate::entity::shown_boundary;
use crate::records::Role;
use crate::{IamError, State, principals, tags, wire};

/// Characters that a trust policy may have, white space not counted.
const TRUST_LIMIT: usize = 2048;

/// The longest that a session may live unless its role says otherwise: one hour, in seconds.
pub(crate) const DEFAULT_MAX_SESSION: i32 = 3600;

/// Compiles a trust policy as a caller wrote it.
///
/// # Errors
///
/// `MalformedPolicyDocument`, and `LimitExceeded` for more text than a trust policy may have.
pub(crate) fn parse_trust(wire: Option<String>) -> Result<TrustPolicy, IamError> {
    let trust = TrustPolicy::parse(wire.unwrap_or_default().as_str())?;
    if trust.len_without_whitespace() > TRUST_LIMIT || trust.stored_bytes() > MAX_STORED_BYTES {
        return Err(IamError::LimitExceeded(format!(
            "Cannot exceed quota for ACLSizePerRole: {TRUST_LIMIT}"
        )));
    }
    Ok(trust)
}

/// The same trust policy with its principals pinned, as it is stored.
///
/// # Errors
///
/// `MalformedPolicyDocument` for principals that do not exist.
pub(crate) fn pinned(trust: &TrustPolicy, state: &State) -> Result<TrustPolicy, IamError> {
    Ok(TrustPolicy::parse(&principals::pin(trust, state)?)?)
}

/// A description as it is kept: an empty one takes the last one away.
pub(crate) fn described(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// The longest time that sessions may live, in seconds, as the wire carries it.
///
/// # Errors
///
/// If it is negative, which the wire's constraints refuse before.
pub(crate) fn session_seconds(wire: i32) -> Result<u32, IamError> {
    u32::try_from(wire)
        .map_err(|_| IamError::ValidationError("A session does not end before it begins".to_owned()))
}

impl Role {
    /// As instance profiles and CreateRole show it.
    pub(crate) fn outlined(&self, account: AccountId, state: &State) -> wire::Role {
        let trust = principals::shown(&self.trust, state);
        wire::Role {
            path: Some(self.path.clone()),
            role_name: Some(self.name.clone()),
            role_id: Some(self.id.clone()),
            arn: Some(self.arn(account).into()),
            create_date: Some(self.created),
            assume_role_policy_document: Some(percent_encode(&trust)),
            ..wire::Role::default()
        }
    }

    /// As CreateRole shows it: without the longest session, a habit of AWS's.
    pub(crate) fn made(&self, account: AccountId, state: &State) -> wire::Role {
        wire::Role {
            description: self.description.clone(),
            permissions_boundary: shown_boundary(&self.grants),
            tags: tags::shown(&self.tags),
            ..self.outlined(account, state)
        }
    }

    /// As ListRoles shows it.
    pub(crate) fn listed(&self, account: AccountId, state: &State) -> wire::Role {
        wire::Role {
            description: self.description.clone(),
            max_session_duration: i32::try_from(self.max_session_seconds).ok(),
            ..self.outlined(account, state)
        }
    }

    /// As GetRole shows it.
    pub(crate) fn shown(&self, account: AccountId, state: &State) -> wire::Role {
        wire::Role {
            permissions_boundary: shown_boundary(&self.grants),
            tags: tags::shown(&self.tags),
            role_last_used: Some(self.last_used(account, state)),
            ..self.listed(account, state)
        }
    }

    /// Both members are missing if it never was.
    pub(crate) fn last_used(&self, account: AccountId, state: &State) -> wire::RoleLastUsed {
        match state.last_used(account, &self.id) {
            Some(used) => wire::RoleLastUsed {
                last_used_date: Some(used.at),
                region: Some(used.region.as_str().to_owned()),
            },
            None => wire::RoleLastUsed::default(),
        }
    }
}
