//! What is asked of the policies.

use kagiban_aws::AccountId;

use crate::context::Context;
use crate::document::Policy;
use crate::principal::Principal;
use crate::principal_element::Reach;
use crate::statement::{Effect, Statement};

/// One request: may `principal` do `action` to `resource`?
///
/// A request about several resources or actions is several questions, all of which must be allowed.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Who asks.
    pub principal: Principal<'a>,
    /// `service:Name`, in AWS's own case.
    pub action: &'a str,
    /// The resource's ARN, or `*` for an action that has none.
    pub resource: &'a str,
    /// Another ARN of the same: a pattern that covers either covers it.
    pub alias: Option<&'a str>,
    /// Who owns the resource; `None` for what has no owner, which then counts as the caller's own.
    pub resource_account: Option<AccountId>,
    /// The circumstances.
    pub context: &'a dyn Context,
    /// The caller's identity policies, those of groups included; for a role session the role's.
    pub identity: &'a [Attached<'a>],
    /// The permissions boundary of the user or role.
    pub boundary: Option<Attached<'a>>,
    /// The session policies, if the session was made with any. For a federated user `None` allows nothing.
    pub session: Option<&'a [Attached<'a>]>,
    /// The policy of the resource: a key policy, a trust policy, a document's or parameter's policy.
    pub resource_policy: Option<Attached<'a>>,
    /// Service control policies, level by level; each level must allow. Empty without an organization.
    pub service_control: &'a [&'a [Attached<'a>]],
    /// The KMS grant that covers the request, if one does: of several the one that names the caller most
    /// closely.
    pub granted: Option<Granted<'a>>,
    /// How the resource policy counts.
    pub rule: Rule,
}

/// How a resource policy and the caller's own policies come together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rule {
    /// Within an account either side suffices.
    Ordinary,
    /// The key's policy is the root of trust: without it, identity policies and even the root user have
    /// nothing.
    KeyPolicy,
    /// As [`Rule::KeyPolicy`], for a role's trust policy; AWS gives no reason when it refuses.
    Trust,
    /// No permission is needed and none can be denied, as for `sts:GetCallerIdentity`.
    Exempt,
}

/// A KMS grant that covers a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Granted<'a> {
    /// Its id.
    pub id: &'a str,
    /// How closely it names the caller.
    pub reach: Reach,
}

/// A policy and what it is attached as.
#[derive(Clone, Copy, Debug)]
pub struct Attached<'a> {
    /// The compiled document.
    pub policy: &'a Policy,
    /// What names it: a managed policy's ARN, an inline policy's name, a key's ARN.
    pub source: &'a str,
}

/// The kinds of policies that take part in a decision.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum PolicyType {
    /// Of the user, the user's groups, or the role.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Of the session.
    Session,
    /// Of the resource.
    Resource,
    /// Of the organization.
    ServiceControl,
}

impl PolicyType {
    /// AWS's words for the kind, without an article.
    pub fn as_str(self) -> &'static str {
        match self {
            PolicyType::Identity => "identity-based policy",
            PolicyType::Boundary => "permissions boundary",
            PolicyType::Session => "session policy",
            PolicyType::Resource => "resource-based policy",
            PolicyType::ServiceControl => "service control policy",
        }
    }
}

/// The statement that a decision rests on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deciding<'a> {
    /// As what the policy took part.
    pub policy_type: PolicyType,
    /// The policy's [`Attached::source`].
    pub source: &'a str,
    /// The statement's Sid, if it has one.
    pub sid: Option<&'a str>,
    /// The statement's place in the policy, from 0.
    pub index: usize,
    /// What the statement does.
    pub effect: Effect,
}

impl<'a> Deciding<'a> {
    pub(crate) fn new(
        policy_type: PolicyType,
        attached: &Attached<'a>,
        index: usize,
        statement: &'a Statement,
    ) -> Self {
        Deciding {
            policy_type,
            source: attached.source,
            sid: statement.sid(),
            index,
            effect: statement.effect,
        }
    }
}
