//! Somebody who is asked about and is not calling.

use std::time::Duration;

use kagiban_aws::{AccessKeyId, AccountId, Arn, KeyOrigin, Timestamp};

use crate::records::Role;
use crate::sts::{Bearer, SessionClaims};
use crate::{Caller, Identity, Session, State, Stored};

/// Who an ARN means.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A user, a role's session or the root user, as if they called.
    Caller(Box<Caller>),
    /// A federated user: whose rights stand behind one is known from its token alone.
    Federated,
}

/// The session name of a role that is asked about without one.
const SESSION: &str = "explain";

/// Who an ARN means; none if nobody bears it now.
///
/// A role is taken for a session of it that has no session policy; of a session that began with one,
/// only the session itself knows.
pub fn subject(arn: &Arn, state: &State, now: Timestamp) -> Option<Subject> {
    let account = arn.account_id()?;
    let kept = state.account(account)?;
    let mut parts = arn.resource().splitn(3, '/');
    let caller = match (arn.service(), parts.next()?, parts.next(), parts.next()) {
        ("iam", "root", None, None) => calling(account, arn.clone(), Identity::Root, None),
        ("iam", "user", ..) => {
            let user = state.user_by_id(account, state.id_of_arn(arn)?)?;
            calling(account, arn.clone(), Identity::User(user.clone()), None)
        }
        ("iam", "role", ..) => {
            let role = state.role_by_id(account, state.id_of_arn(arn)?)?;
            session(account, role, SESSION, now)
        }
        ("sts", "assumed-role", Some(name), Some(session_name)) => {
            let role = kept.role(name).filter(|role| role.name == name)?;
            session(account, role, session_name, now)
        }
        ("sts", "federated-user", Some(_), None) => return Some(Subject::Federated),
        _ => return None,
    };
    Some(Subject::Caller(Box::new(caller)))
}

/// The same caller in a session whose policies nobody knows any more, taken to allow nothing.
pub fn with_unknown_limits(mut caller: Caller) -> Caller {
    if let Some(session) = &mut caller.session {
        session.claims.policy = Some(String::new());
        session.limits = None;
    }
    caller
}

fn session(account: AccountId, role: &Stored<Role>, name: &str, now: Timestamp) -> Caller {
    let claims = SessionClaims {
        account,
        bearer: Bearer::Role {
            id: role.id.clone(),
            session_name: name.to_owned(),
            federation: None,
        },
        issued: now,
        expires: now.plus(Duration::from_secs(3600)),
        mfa: None,
        policy: None,
        policy_arns: Vec::new(),
        source_identity: None,
        tags: Vec::new(),
        transitive_tag_keys: Vec::new(),
        source_instance: None,
        chained: false,
    };
    let session = Session { claims, limits: None };
    let arn = role.session_arn(account, name);
    calling(
        account,
        arn,
        Identity::Role(role.clone()),
        Some(Box::new(session)),
    )
}

fn calling(account: AccountId, arn: Arn, identity: Identity, session: Option<Box<Session>>) -> Caller {
    let origin = match session {
        Some(_) => KeyOrigin::Temporary,
        None => KeyOrigin::LongTerm,
    };
    Caller {
        access_key_id: AccessKeyId::new(origin, account, [0; 5]), // nothing signs with it
        account,
        arn,
        identity,
        session,
    }
}
