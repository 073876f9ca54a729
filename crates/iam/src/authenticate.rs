//! Who is calling? The signature is verified elsewhere; here its key is found and its owner named.

use std::sync::Arc;

use kagiban_aws::sigv4::SignatureError;
use kagiban_aws::{AccessKeyId, Arn, KeyOrigin, SecretString, Timestamp};

use crate::policies::session_policy;
use crate::sts::{SessionClaims, SessionKey};
use crate::{Caller, Identity, State};

/// A caller who is not proven yet: the secret that must have signed, and who that would be.
#[derive(Debug)]
pub struct Candidate {
    /// Signs for this caller.
    pub secret: SecretString,
    /// Who it is if the signature is right.
    pub caller: Caller,
}

/// Finds whose key a request was signed with.
///
/// # Errors
///
/// `UnknownAccessKey` for ids that are unknown, inactive, or come with a token where none belongs
/// (or without one); `InvalidToken` and `ExpiredToken` for tokens.
pub fn candidate(
    id: &str,
    token: Option<&str>,
    state: &State,
    sessions: &SessionKey,
    now: Timestamp,
) -> Result<Candidate, SignatureError> {
    let id: AccessKeyId = id.parse().map_err(|_| SignatureError::UnknownAccessKey)?;
    match (token, id.origin()) {
        (Some(token), Some(KeyOrigin::Temporary)) => session(id, token, state, sessions, now),
        (None, origin) if origin != Some(KeyOrigin::Temporary) => long_term(id, state),
        _ => Err(SignatureError::UnknownAccessKey),
    }
}

fn long_term(id: AccessKeyId, state: &State) -> Result<Candidate, SignatureError> {
    let unknown = SignatureError::UnknownAccessKey;
    let Some(key) = state.access_key(id).filter(|key| key.active) else {
        return Err(unknown);
    };
    let Some(account) = state.account(key.account) else {
        return Err(unknown);
    };
    let (arn, identity) = match &key.user {
        None => (
            Arn::global("iam", key.account, format_args!("root")),
            Identity::Root,
        ),
        Some(name) => {
            let Some(user) = account.user(name) else {
                return Err(unknown);
            };
            (user.arn(key.account), Identity::User(user.clone()))
        }
    };
    let caller = Caller {
        access_key_id: id,
        account: key.account,
        arn,
        identity,
    };
    Ok(Candidate {
        secret: key.secret.clone(),
        caller,
    })
}

fn session(
    id: AccessKeyId,
    token: &str,
    state: &State,
    sessions: &SessionKey,
    now: Timestamp,
) -> Result<Candidate, SignatureError> {
    let (claims, secret) = sessions
        .open(token, id)
        .map_err(|_| SignatureError::InvalidToken)?;
    if now >= claims.expires {
        return Err(SignatureError::ExpiredToken);
    }
    let caller = role_session(id, claims, state).ok_or(SignatureError::InvalidToken)?;
    Ok(Candidate { secret, caller })
}

/// The caller of a role's session; none if the role is gone, or another of the same name.
fn role_session(id: AccessKeyId, claims: SessionClaims, state: &State) -> Option<Caller> {
    let role = state.account(claims.account)?.role(&claims.role_name)?.clone();
    if role.id != claims.role_id {
        return None;
    }
    let arn = role.session_arn(claims.account, &claims.session_name);
    let limits = claims.policy.as_deref().map(session_policy).map(Arc::new);
    let account = claims.account;
    Some(Caller {
        access_key_id: id,
        account,
        arn,
        identity: Identity::Role {
            role,
            session: Box::new(claims),
            limits,
        },
    })
}
