//! What would allow it: the smallest statement, and every policy that needs it.

use kagiban_aws::Arn;
use kagiban_iam::explanation::{Explanation, Outcome, Part};
use kagiban_iam::{Call, Requirement};
use kagiban_policy::{PolicyType, Rule};
use serde_json::json;

use super::check::kind_of;
use super::wire;

/// What was decided, and for whom.
pub(super) struct Remedies<'r> {
    pub(super) requirement: &'r Requirement,
    pub(super) asked: &'r Call<'r>,
    pub(super) explanation: &'r Explanation,
}

/// All of them together allow it.
pub(super) fn remedies(remedies: &Remedies<'_>) -> Vec<wire::Remedy> {
    match remedies.explanation.outcome {
        Outcome::Allowed | Outcome::Root | Outcome::Exempt => Vec::new(),
        Outcome::ExplicitDeny => remedies.denials(),
        Outcome::ImplicitDeny => {
            let lacking = remedies.explanation.lacking.iter();
            lacking.map(|kind| remedies.allowing(*kind)).collect()
        }
    }
}

impl Remedies<'_> {
    /// No statement helps against one that denies.
    fn denials(&self) -> Vec<wire::Remedy> {
        let denials = self.explanation.matched.iter().filter(|part| part.denies);
        denials.map(|part| self.denial(part)).collect()
    }

    fn denial(&self, part: &Part) -> wire::Remedy {
        let kind = kind_of(part.policy_type, self.requirement);
        let statement = match &part.sid {
            Some(sid) => format!("`{sid}`"),
            None => format!("number {}", part.index + 1),
        };
        wire::Remedy {
            policy_type: Some(kind.to_owned()),
            attach_to: Some(part.owner.to_string()),
            statement: None,
            advice: Some(format!(
                "statement {statement} of `{}` denies it and no other can allow it; narrow or remove it",
                part.policy
            )),
        }
    }

    fn allowing(&self, kind: PolicyType) -> wire::Remedy {
        let (owner, advice) = self.place(kind);
        wire::Remedy {
            policy_type: Some(kind_of(kind, self.requirement).to_owned()),
            attach_to: Some(owner),
            statement: Some(self.statement(kind)),
            advice: Some(advice.to_owned()),
        }
    }

    /// Which policy, and what to do with it.
    fn place(&self, kind: PolicyType) -> (String, &'static str) {
        let caller = self.asked.caller;
        let entity = caller.principal_arn().to_string();
        match kind {
            PolicyType::Identity => (entity, "add this to a policy of the principal"),
            PolicyType::Boundary => {
                let boundary = caller.boundary().map_or(entity, Arn::to_string);
                (
                    boundary,
                    "the permissions boundary has to allow it too; add this to it",
                )
            }
            PolicyType::Session => (
                caller.arn.to_string(),
                "the session's own policy has to allow it too; begin the session with this in its policy, or without one",
            ),
            PolicyType::Resource => {
                let advice = match self.requirement.rule {
                    Rule::KeyPolicy => "the key policy has to allow it; add this to it",
                    Rule::Trust => "the role's trust policy has to allow it; add this to it",
                    Rule::Ordinary | Rule::Exempt => {
                        "the resource's own policy has to allow it; add this to it"
                    }
                };
                (self.requirement.resource.clone(), advice)
            }
            PolicyType::ServiceControl => (
                caller.account.to_string(),
                "the organization has to allow it too; add this to its service control policy",
            ),
        }
    }

    fn statement(&self, kind: PolicyType) -> String {
        let Requirement {
            action,
            resource,
            rule,
            ..
        } = self.requirement;
        let principal = self.asked.caller.principal_arn();
        let statement = match (kind, rule) {
            (PolicyType::Resource, Rule::Trust) => {
                json!({"Effect": "Allow", "Principal": {"AWS": principal.as_str()}, "Action": action})
            }
            // A key policy is about its key.
            (PolicyType::Resource, Rule::KeyPolicy) => {
                json!({"Effect": "Allow", "Principal": {"AWS": principal.as_str()}, "Action": action, "Resource": "*"})
            }
            (PolicyType::Resource, Rule::Ordinary | Rule::Exempt) => {
                json!({"Effect": "Allow", "Principal": {"AWS": principal.as_str()}, "Action": action, "Resource": resource})
            }
            _ => json!({"Effect": "Allow", "Action": action, "Resource": resource}),
        };
        statement.to_string()
    }
}
