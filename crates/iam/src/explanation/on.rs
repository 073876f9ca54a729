//! What IAM knows of a resource: its owner's tags and, of a role, who may assume it.

use std::borrow::Cow;

use kagiban_aws::{AccountId, Arn};
use kagiban_policy::Rule;

use crate::entity::Entity;
use crate::{Requirement, State, tags};

/// Something that IAM knows nothing of.
pub fn on(action: impl Into<Cow<'static, str>>, resource: String, owner: AccountId) -> Requirement {
    let mut on = Requirement::on(action, resource, owner);
    let exempt = ["sts:GetCallerIdentity", "sts:GetSessionToken"];
    if exempt.iter().any(|exempt| on.action.eq_ignore_ascii_case(exempt)) {
        on.rule = Rule::Exempt;
    }
    on
}

/// A user, a role, a policy, or anything else of IAM's.
pub fn on_entity(
    action: impl Into<Cow<'static, str>>,
    arn: &Arn,
    owner: AccountId,
    state: &State,
) -> Requirement {
    let plain = on(action, arn.to_string(), owner);
    let Some(account) = state.account(owner) else {
        return plain;
    };
    let name = arn.resource().rsplit('/').next().unwrap_or_default();
    let kind = arn.resource().split('/').next().unwrap_or_default();
    match kind {
        "user" => match account.user(name).filter(|user| user.arn(owner) == *arn) {
            Some(user) => known(plain, &**user),
            None => plain,
        },
        "role" => match account.role(name).filter(|role| role.arn(owner) == *arn) {
            Some(role) if assumes(&plain.action) => {
                known(plain.under(role.trust.shared(), Rule::Trust), &**role)
            }
            Some(role) => known(plain, &**role),
            None => plain,
        },
        "policy" => match account.policy(arn) {
            Some(policy) => tags::of_target(plain, &policy.tags),
            None => plain,
        },
        _ => plain,
    }
}

fn known<E: Entity>(on: Requirement, entity: &E) -> Requirement {
    let on = tags::of_target(on, entity.tags());
    crate::entity::bounded(on, entity.grants().boundary.as_ref())
}

/// Whether a role's trust policy decides about the action.
fn assumes(action: &str) -> bool {
    action.len() > 4 && action[..4].eq_ignore_ascii_case("sts:")
}
