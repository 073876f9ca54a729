//! Which policies' texts whoever asks may see.

use kagiban_aws::Arn;
use kagiban_iam::explanation::{self, Part};
use kagiban_iam::{Call, Requirement, allowed};
use kagiban_policy::PolicyType;

use super::View;

/// Whether the caller may read the policy that a statement is in.
pub(super) fn is_readable(part: &Part, call: &Call<'_>, view: &View<'_>) -> bool {
    let requirement = requirement(part, call, view);
    requirement.is_some_and(|requirement| allowed(&requirement, call, view.as_ref()).is_ok())
}

/// What shows the policy otherwise; none for what nothing shows.
fn requirement(part: &Part, call: &Call<'_>, view: &View<'_>) -> Option<Requirement> {
    let owner = part.owner.account_id()?;
    let entity = |action, arn: &Arn| explanation::on_entity(action, arn, owner, view.as_ref());
    match (part.policy_type, part.owner.service()) {
        (PolicyType::Identity, _) if part.inline => Some(entity(inline(&part.owner)?, &part.owner)),
        (PolicyType::Identity | PolicyType::Boundary, _) => {
            let policy: Arn = part.policy.parse().ok()?;
            // AWS's own belong to everybody.
            let owner = policy.account_id().unwrap_or(call.caller.account);
            Some(explanation::on_entity(
                "iam:GetPolicyVersion",
                &policy,
                owner,
                view.as_ref(),
            ))
        }
        (PolicyType::Resource, "kms") => {
            let named = part.owner.as_str().parse().ok()?;
            let found = view.kms().find(&named, call).ok()?;
            Some(found.requirement("kms:GetKeyPolicy", call))
        }
        (PolicyType::Resource, "iam") => Some(entity("iam:GetRole", &part.owner)),
        (PolicyType::Resource | PolicyType::Session | PolicyType::ServiceControl, _) => None,
    }
}

fn inline(owner: &Arn) -> Option<&'static str> {
    match owner.resource().split('/').next()? {
        "user" => Some("iam:GetUserPolicy"),
        "group" => Some("iam:GetGroupPolicy"),
        "role" => Some("iam:GetRolePolicy"),
        _ => None,
    }
}
