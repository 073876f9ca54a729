//! Whose policy a statement is in.
//!
//! A decision names a policy by its name or ARN, and the same name may occur twice: inline policies
//! of a user and of a group, or one managed policy attached to both. So policies are told apart by the
//! record that holds the name.

use kagiban_aws::Arn;
use kagiban_policy::{Attached, Deciding, PolicyType, Question};

use crate::entity::Entity;
use crate::policies::Policies;
use crate::{Call, Identity, State, Stored};

/// A policy that takes part, and whose it is.
pub(super) struct Source<'q> {
    pub(super) policy_type: PolicyType,
    pub(super) attached: Attached<'q>,
    pub(super) owner: Arn,
    pub(super) inline: bool,
}

impl<'q> Source<'q> {
    fn new(policy_type: PolicyType, attached: Attached<'q>, owner: Arn) -> Source<'q> {
        Source {
            policy_type,
            inline: !attached.source.starts_with("arn:"),
            attached,
            owner,
        }
    }

    pub(super) fn is_of(&self, statement: &Deciding<'_>) -> bool {
        self.policy_type == statement.policy_type && std::ptr::eq(self.attached.source, statement.source)
    }
}

/// Every policy of a question.
pub(super) fn of<'q>(question: &Question<'q>, call: &Call<'q>, state: &'q State) -> Vec<Source<'q>> {
    let caller = call.caller;
    let entity = caller.behind();
    let boundary = question.boundary.into_iter();
    let session = question.session.unwrap_or_default().iter().copied();
    let resource: Option<Arn> = question.resource.parse().ok();
    let resource = resource.and_then(|arn| Some((question.resource_policy?, arn)));
    let limits = boundary
        .map(|attached| Source::new(PolicyType::Boundary, attached, entity.clone()))
        .chain(session.map(|attached| Source::new(PolicyType::Session, attached, caller.arn.clone())));
    let resource = resource.map(|(attached, owner)| Source::new(PolicyType::Resource, attached, owner));
    identity(call, state).chain(limits).chain(resource).collect()
}

fn identity<'q>(call: &Call<'q>, state: &'q State) -> impl Iterator<Item = Source<'q>> {
    let id = call.caller.account;
    let account = state.account(id);
    let (user, role) = match &call.caller.identity {
        Identity::Anonymous | Identity::Node(_) | Identity::Root | Identity::Federated(None) => (None, None),
        Identity::User(user) | Identity::Federated(Some(user)) => (Some(user), None),
        Identity::Role(role) => (None, Some(role)),
    };
    let groups = account.into_iter().flat_map(move |account| {
        let groups = user.into_iter().flat_map(|user| account.groups_of(user));
        groups.flat_map(move |group| held(group, account, id))
    });
    let user = account
        .zip(user)
        .into_iter()
        .flat_map(move |(account, user)| held(user, account, id));
    let role = account
        .zip(role)
        .into_iter()
        .flat_map(move |(account, role)| held(role, account, id));
    user.chain(groups).chain(role)
}

fn held<'q, E: Entity>(
    entity: &'q Stored<E>,
    account: &'q crate::Account,
    id: kagiban_aws::AccountId,
) -> impl Iterator<Item = Source<'q>> {
    let owner = entity.arn(id);
    let policies = Policies::granted(entity.grants(), account).identity;
    policies
        .into_iter()
        .map(move |attached| Source::new(PolicyType::Identity, attached, owner.clone()))
}
