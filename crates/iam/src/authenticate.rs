//! Who is calling? The signature is verified elsewhere; here its key is found and its owner named.

use std::sync::Arc;

use kagiban_aws::sigv4::SignatureError;
use kagiban_aws::{AccessKeyId, Arn, KeyOrigin, SecretString, Timestamp};

use crate::caller::Session;
use crate::policies::session_policy;
use crate::sts::{Bearer, SessionClaims, SessionKey};
use crate::users::root_arn;
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
        None => (root_arn(key.account), Identity::Root),
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
        session: None,
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
    let caller = bearer(id, claims, state).ok_or(SignatureError::InvalidToken)?;
    Ok(Candidate { secret, caller })
}

/// The caller who bears a session's credentials; none if the user or role is gone, even if there is
/// another of the same name.
pub(crate) fn bearer(id: AccessKeyId, claims: SessionClaims, state: &State) -> Option<Caller> {
    let account = claims.account;
    state.account(account)?;
    let (arn, identity) = match &claims.bearer {
        Bearer::Root => (root_arn(account), Identity::Root),
        Bearer::User { id } => {
            let user = state.user_by_id(account, id)?;
            (user.arn(account), Identity::User(user.clone()))
        }
        Bearer::Role { id, session_name, .. } => {
            let role = state.role_by_id(account, id)?;
            (
                role.session_arn(account, session_name),
                Identity::Role(role.clone()),
            )
        }
        Bearer::Federated { name, issuer } => {
            let issuer = match issuer {
                Some(id) => Some(state.user_by_id(account, id)?.clone()),
                None => None,
            };
            let arn = Arn::global("sts", account, format_args!("federated-user/{name}"));
            (arn, Identity::Federated(issuer))
        }
    };
    let limits = claims.policy.as_deref().map(session_policy).map(Arc::new);
    Some(Caller {
        access_key_id: id,
        account,
        arn,
        identity,
        session: Some(Box::new(Session { claims, limits })),
    })
}
