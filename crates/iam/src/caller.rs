//! Who signed a request, once proven.

use std::sync::Arc;

use kagiban_aws::{AccessKeyId, AccountId, Arn, Timestamp};
use kagiban_policy::Policy;

use crate::records::{Role, User};
use crate::state::Stored;
use crate::sts::{Bearer, Federation, SessionClaims};

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
    /// What was agreed when the temporary credentials were given; none for long-term keys.
    pub session: Option<Box<Session>>,
}

/// The kinds of principal that can sign, and nobody.
#[derive(Clone, Debug)]
pub enum Identity {
    /// Nobody signed: only operations that are [`UNSIGNED`](crate::Operation::UNSIGNED) see this.
    Anonymous,
    /// A managed node, by its own key: only operations that are [`FOR_NODES`](crate::Operation::FOR_NODES)
    /// see this. No policy speaks for it.
    Node(ProvenNode),
    /// The account itself.
    Root,
    /// A user, by a long-term key or a `GetSessionToken` session.
    User(Stored<User>),
    /// A session of a role, which is the role as it is now: sessions follow their role's policies.
    Role(Stored<Role>),
    /// A `GetFederationToken` session, with the user who asked for it; none for the root user.
    Federated(Option<Stored<User>>),
}

/// A managed node that has signed with its own key.
#[derive(Clone, Debug)]
pub struct ProvenNode {
    /// Its id.
    pub id: Box<str>,
    /// When it signed, by its own clock.
    pub signed: Timestamp,
    /// Whether with the key that it announced last, not with the one it had before.
    pub with_next_key: bool,
}

/// The terms of temporary credentials.
#[derive(Clone, Debug)]
pub struct Session {
    /// What was agreed.
    pub claims: SessionClaims,
    /// The session policy among it, compiled.
    pub limits: Option<Arc<Policy>>,
}

impl Session {
    /// Whether it has less than the rights of whoever bears it: it was narrowed by policies of its own, or
    /// ends with a managed node.
    pub fn is_bounded(&self) -> bool {
        let claims = &self.claims;
        self.limits.is_some()
            || claims.policy.is_some()
            || !claims.policy_arns.is_empty()
            || claims.source_instance.is_some()
    }
}

impl Caller {
    /// Nobody: of no account, without rights.
    pub fn anonymous() -> Caller {
        let account = AccountId::try_from(0).expect("zero has twelve digits at most");
        Caller {
            access_key_id: "00000000000000000000"
                .parse()
                .expect("an id is twenty digits or letters"),
            account,
            arn: Arn::global("sts", account, format_args!("anonymous")),
            identity: Identity::Anonymous,
            session: None,
        }
    }

    /// A managed node that has signed with its own key.
    pub fn of_node(node: ProvenNode, account: AccountId, arn: Arn) -> Caller {
        Caller {
            account,
            arn,
            identity: Identity::Node(node),
            ..Caller::anonymous()
        }
    }

    /// The managed node whose credentials these are, as its ARN: of no other session, whatever its name.
    pub fn source_instance(&self) -> Option<&Arn> {
        self.claims()?.source_instance.as_ref()
    }

    /// Whether nobody signed.
    pub fn is_anonymous(&self) -> bool {
        matches!(self.identity, Identity::Anonymous)
    }

    /// Whom an identity provider vouched for when the caller's session began.
    pub(crate) fn federation(&self) -> Option<&Federation> {
        match self.bearer() {
            Some(Bearer::Role { federation, .. }) => federation.as_deref(),
            _ => None,
        }
    }

    /// `aws:userid` and GetCallerIdentity's UserId: `AIDA…`, `AROA…:session`, `account:name` of a
    /// federated user, or the account for root.
    pub fn user_id(&self) -> String {
        match (&self.identity, self.bearer()) {
            (Identity::User(user), _) => user.id.clone(),
            (Identity::Role(role), Some(Bearer::Role { session_name, .. })) => {
                format!("{}:{session_name}", role.id)
            }
            (Identity::Federated(_), Some(Bearer::Federated { name, .. })) => {
                format!("{}:{name}", self.account)
            }
            (Identity::Role(role), _) => role.id.clone(),
            (Identity::Anonymous | Identity::Node(_) | Identity::Root | Identity::Federated(_), _) => {
                self.account.to_string()
            }
        }
    }

    /// `aws:PrincipalArn`: a session's is its role's ARN, with the path.
    pub fn principal_arn(&self) -> Arn {
        match &self.identity {
            Identity::Anonymous
            | Identity::Node(_)
            | Identity::Root
            | Identity::User(_)
            | Identity::Federated(_) => self.arn.clone(),
            Identity::Role(role) => role.arn(self.account),
        }
    }

    /// The ARN of the role or user whose rights the caller has.
    pub fn behind(&self) -> Arn {
        match &self.identity {
            Identity::Federated(Some(issuer)) => issuer.arn(self.account),
            _ => self.principal_arn(),
        }
    }

    /// The permissions boundary of the user or role.
    pub fn boundary(&self) -> Option<&Arn> {
        match &self.identity {
            Identity::Anonymous | Identity::Node(_) | Identity::Root | Identity::Federated(None) => None,
            Identity::User(user) | Identity::Federated(Some(user)) => user.grants.boundary.as_ref(),
            Identity::Role(role) => role.grants.boundary.as_ref(),
        }
    }

    /// What was agreed when the temporary credentials were given; none for long-term keys.
    pub fn claims(&self) -> Option<&SessionClaims> {
        self.session.as_ref().map(|session| &session.claims)
    }

    /// Whose temporary credentials these are.
    fn bearer(&self) -> Option<&Bearer> {
        self.claims().map(|claims| &claims.bearer)
    }

    /// When the temporary credentials were issued; none for long-term keys.
    pub fn issued(&self) -> Option<Timestamp> {
        self.claims().map(|claims| claims.issued)
    }

    /// When the caller proved to hold an MFA device, if that is known of the credentials.
    pub fn mfa(&self) -> Option<Timestamp> {
        self.claims().and_then(|claims| claims.mfa)
    }

    /// Whether temporary credentials signed: a role assumed with them is a chained one.
    pub fn is_temporary(&self) -> bool {
        self.session.is_some()
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
