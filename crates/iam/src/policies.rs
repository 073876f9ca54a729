//! The policies that speak for a caller, gathered from one snapshot.

use std::sync::LazyLock;

use kagiban_aws::Arn;
use kagiban_policy::{Attached, Kind, Policy, Principal};

use crate::managed_policies::{self, AwsPolicy};
use crate::records::{Grants, User};
use crate::state::Account;
use crate::{Call, Caller, Identity, Session, State};

/// A caller's policies, borrowed from the snapshot.
pub(crate) struct Policies<'s> {
    pub(crate) identity: Vec<Attached<'s>>,
    pub(crate) boundary: Option<Attached<'s>>,
    pub(crate) session: Option<Vec<Attached<'s>>>,
}

/// Stands in for a boundary or session policy that can no longer be read: nothing is allowed.
static NOTHING: LazyLock<Policy> = LazyLock::new(Policy::broken);

impl<'s> Policies<'s> {
    /// Nothing speaks for the caller.
    pub(crate) fn none() -> Policies<'s> {
        Policies {
            identity: Vec::new(),
            boundary: None,
            session: None,
        }
    }

    pub(crate) fn of(call: &Call<'s>, state: &'s State) -> Policies<'s> {
        let none = Policies::none();
        let Some(account) = state.account(call.caller.account) else {
            return none;
        };
        let mut policies = match &call.caller.identity {
            Identity::Anonymous | Identity::Node(_) | Identity::Root | Identity::Federated(None) => none,
            Identity::User(user) | Identity::Federated(Some(user)) => Policies::of_user(user, account),
            Identity::Role(role) => Policies::granted(&role.grants, account),
        };
        policies.session = call
            .caller
            .session
            .as_deref()
            .and_then(|session| session_policies(session, account));
        policies
    }

    /// A user has what its groups have, too.
    fn of_user(user: &'s User, account: &'s Account) -> Policies<'s> {
        let mut policies = Policies::granted(&user.grants, account);
        for group in account.groups_of(user) {
            policies
                .identity
                .extend(Policies::granted(&group.grants, account).identity);
        }
        policies
    }

    pub(crate) fn granted(grants: &'s Grants, account: &'s Account) -> Policies<'s> {
        let inline = grants
            .inline
            .iter()
            .map(|(name, policy)| Attached { policy, source: name });
        let managed = grants.attached.iter().map(|arn| in_force(account, arn));
        Policies {
            identity: inline.chain(managed).collect(),
            boundary: grants.boundary.as_ref().map(|arn| in_force(account, arn)),
            session: None,
        }
    }
}

/// What a session was narrowed to when it began; none if it was not.
fn session_policies<'s>(session: &'s Session, account: &'s Account) -> Option<Vec<Attached<'s>>> {
    let claims = &session.claims;
    let written = session.limits.as_deref().map(|policy| Attached {
        policy,
        source: "session policy",
    });
    let named = claims.policy_arns.iter().map(|arn| in_force(account, arn));
    let narrowed = claims.policy.is_some() || !claims.policy_arns.is_empty();
    narrowed.then(|| named.chain(written).collect())
}

/// A managed policy's document; one that is gone allows nothing.
fn in_force<'s>(account: &'s Account, arn: &'s Arn) -> Attached<'s> {
    let policy = match account.policy_in_force(arn) {
        Some(version) => &version.document,
        None => managed_policies::find(arn).map_or(&*NOTHING, AwsPolicy::document),
    };
    Attached {
        policy,
        source: arn.as_str(),
    }
}

/// Compiles a session policy, which only ever narrows: one that does not parse allows nothing.
pub(crate) fn session_policy(text: &str) -> Policy {
    Policy::parse(text, Kind::Identity).unwrap_or_else(|_| Policy::broken())
}

/// Who the policies see.
///
/// `behind` is [`Caller::behind`].
pub(crate) fn principal<'c>(caller: &'c Caller, behind: &'c Arn) -> Principal<'c> {
    let account = caller.account;
    match &caller.identity {
        Identity::Anonymous | Identity::Node(_) => Principal::Anonymous,
        Identity::Root => Principal::Root { account },
        Identity::User(user) => Principal::User {
            account,
            arn: caller.arn.as_str(),
            id: &user.id,
        },
        Identity::Role(role) => Principal::RoleSession {
            account,
            role_arn: behind.as_str(),
            role_id: &role.id,
            session_arn: caller.arn.as_str(),
        },
        Identity::Federated(issuer) => Principal::FederatedUser {
            account,
            arn: caller.arn.as_str(),
            issuer: issuer.as_ref().map(|user| (behind.as_str(), user.id.as_str())),
        },
    }
}
