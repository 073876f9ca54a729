//! Why a request was refused, in AWS's words.

use std::fmt::Write;

use crate::question::{Deciding, PolicyType};

/// A refusal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Denial<'a> {
    /// What refused.
    pub refusal: Refusal<'a>,
    /// Whether AWS keeps the reason to itself, as for assuming a role.
    pub(crate) silent: bool,
}

/// What refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal<'a> {
    /// A statement forbids it.
    Explicit(Deciding<'a>),
    /// No policy of this kind allows it.
    Implicit(PolicyType),
}

impl Denial<'_> {
    /// The kind of policy that refused or failed to allow.
    pub fn policy_type(&self) -> PolicyType {
        match self.refusal {
            Refusal::Explicit(deciding) => deciding.policy_type,
            Refusal::Implicit(policy_type) => policy_type,
        }
    }

    /// Whether a statement forbids it, rather than none allowing it.
    pub fn is_explicit(&self) -> bool {
        matches!(self.refusal, Refusal::Explicit(_))
    }

    /// AWS's sentence. An empty `resource` leaves out `on resource:`, as some services do for lists; an
    /// empty `caller_arn` is a caller without an ARN, vouched for by an identity provider.
    pub fn sentence(&self, caller_arn: &str, action: &str, resource: &str) -> String {
        if caller_arn.is_empty() {
            return format!("Not authorized to perform {action}");
        }
        let mut text = format!("User: {caller_arn} is not authorized to perform: {action}");
        if !resource.is_empty() {
            let _ = write!(text, " on resource: {resource}"); // writing to a String never fails
        }
        if !self.silent {
            self.reason(action, &mut text);
        }
        text
    }

    fn reason(&self, action: &str, text: &mut String) {
        let kind = self.policy_type().as_str();
        // Writing to a String never fails.
        let _ = match self.refusal {
            Refusal::Explicit(Deciding {
                policy_type: PolicyType::Identity,
                ..
            }) => {
                write!(text, " with an explicit deny in an {kind}")
            }
            Refusal::Explicit(_) => write!(text, " with an explicit deny in a {kind}"),
            Refusal::Implicit(_) => write!(text, " because no {kind} allows the {action} action"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Effect;

    const ALICE: &str = "arn:aws:iam::111122223333:user/alice";

    fn explicit(policy_type: PolicyType) -> Denial<'static> {
        let deciding = Deciding {
            policy_type,
            source: "p",
            sid: None,
            index: 0,
            effect: Effect::Deny,
        };
        Denial {
            refusal: Refusal::Explicit(deciding),
            silent: false,
        }
    }

    #[test]
    fn the_sentences_are_those_of_aws() {
        let implicit = Denial {
            refusal: Refusal::Implicit(PolicyType::Identity),
            silent: false,
        };
        assert_eq!(
            implicit.sentence(
                ALICE,
                "ssm:GetParameter",
                "arn:aws:ssm:us-east-1:111122223333:parameter/x"
            ),
            "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: ssm:GetParameter on resource: \
             arn:aws:ssm:us-east-1:111122223333:parameter/x because no identity-based policy allows the \
             ssm:GetParameter action"
        );
        assert_eq!(
            explicit(PolicyType::Identity).sentence(ALICE, "ssm:X", "*"),
            "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: ssm:X on resource: * with an \
             explicit deny in an identity-based policy"
        );
        assert!(
            explicit(PolicyType::Boundary)
                .sentence(ALICE, "ssm:X", "*")
                .ends_with("with an explicit deny in a permissions boundary")
        );
    }

    #[test]
    fn assuming_a_role_is_refused_without_a_reason() {
        let denial = Denial {
            refusal: Refusal::Implicit(PolicyType::Resource),
            silent: true,
        };
        assert_eq!(
            denial.sentence(ALICE, "sts:AssumeRole", "arn:aws:iam::111122223333:role/x"),
            "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole on resource: \
             arn:aws:iam::111122223333:role/x"
        );
        assert_eq!(
            denial.sentence("", "sts:AssumeRoleWithWebIdentity", ""),
            "Not authorized to perform sts:AssumeRoleWithWebIdentity"
        );
    }
}
