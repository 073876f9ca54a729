//! Who signed a request, once proven.

use std::sync::Arc;

use kagiban_aws::{AccessKeyId, AccountId, Arn, Timestamp};
use kagiban_policy::Policy;

use crate::records::{Role, User};
use crate::state::Stored;
use crate::sts::SessionClaims;

/// Who signed a request, once proven, with what the snapshot says of them.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The key that signed.
    pub access_key_id: AccessKeyId,
    /// The caller's account.
    pub account: AccountId,
    /// As GetCallerIdentity shows it and denials print it.
    pub arn: Arn,
    /// What kind of principal.
    pub identity: Identity,
}

/// The kinds of principal that can sign.
#[derive(Clone, Debug)]
pub enum Identity {
    /// The account itself.
    Root,
    /// A user with a long-term key.
    User(Stored<User>),
    /// A session of a role.
    Role {
        /// The role as it is now: sessions follow their role's policies.
        role: Stored<Role>,
        /// What was agreed when the session began.
        session: Box<SessionClaims>,
        /// The session policy among it, compiled.
        limits: Option<Arc<Policy>>,
    },
}

impl Caller {
    /// `aws:userid` and GetCallerIdentity's UserId: `AIDA…`, `AROA…:session`, or the account for root.
    pub fn user_id(&self) -> String {
        match &self.identity {
            Identity::Root => self.account.to_string(),
            Identity::User(user) => user.id.clone(),
            Identity::Role { role, session, .. } => format!("{}:{}", role.id, session.session_name),
        }
    }

    /// `aws:PrincipalArn`: a session's is its role's ARN, with the path.
    pub fn principal_arn(&self) -> Arn {
        match &self.identity {
            Identity::Root | Identity::User(_) => self.arn.clone(),
            Identity::Role { role, .. } => role.arn(self.account),
        }
    }

    /// When the temporary credentials were issued; none for long-term keys.
    pub fn issued(&self) -> Option<Timestamp> {
        match &self.identity {
            Identity::Root | Identity::User(_) => None,
            Identity::Role { session, .. } => Some(session.issued),
        }
    }

    /// Whether temporary credentials signed: a role assumed with them is a chained one.
    pub fn is_temporary(&self) -> bool {
        self.issued().is_some()
    }
}

impl User {
    /// `arn:aws:iam::A:user<path><name>`
    pub fn arn(&self, account: AccountId) -> Arn {
        Arn::global("iam", account, format_args!("user{}{}", self.path, self.name))
    }
}

impl Role {
    /// `arn:aws:iam::A:role<path><name>`
    pub fn arn(&self, account: AccountId) -> Arn {
        Arn::global("iam", account, format_args!("role{}{}", self.path, self.name))
    }

    /// `arn:aws:sts::A:assumed-role/<name>/<session>`: without the path.
    pub fn session_arn(&self, account: AccountId, session_name: &str) -> Arn {
        Arn::global(
            "sts",
            account,
            format_args!("assumed-role/{}/{session_name}", self.name),
        )
    }
}
