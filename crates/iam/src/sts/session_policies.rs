//! Session policies: what narrows a session beyond the rights of its role.

use kagiban_aws::{AccountId, Arn};

use super::wire::PolicyDescriptorType;
use crate::document::IdentityPolicy;
use crate::managed_policy::PolicyArn;
use crate::{Account, IamError};

/// What a caller passes to narrow a session.
#[derive(Clone, Debug)]
pub(crate) struct SessionPolicies {
    inline: Option<IdentityPolicy>,
    managed: Vec<PolicyArn>,
}

/// The most managed policies of one session.
const MAX_MANAGED: usize = 10;
/// Characters that the inline policy and the ARNs may have together.
const MAX_TEXT: usize = 2048;

impl SessionPolicies {
    /// Takes `Policy` and `PolicyArns`.
    ///
    /// # Errors
    ///
    /// `MalformedPolicyDocument`, `PackedPolicyTooLarge`, and ARNs that are none.
    pub(crate) fn parse(
        policy: Option<&str>,
        arns: Option<Vec<PolicyDescriptorType>>,
    ) -> Result<SessionPolicies, IamError> {
        let arns = arns.unwrap_or_default();
        if arns.len() > MAX_MANAGED {
            return Err(IamError::ValidationError(format!(
                "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to {MAX_MANAGED}"
            )));
        }
        let managed: Vec<PolicyArn> = arns
            .into_iter()
            .map(|descriptor| PolicyArn::required(descriptor.arn))
            .collect::<Result<_, _>>()?;
        let inline = policy.map(IdentityPolicy::parse).transpose()?;
        let policies = SessionPolicies { inline, managed };
        match policies.characters() {
            characters if characters > MAX_TEXT => Err(too_large(characters * 100 / MAX_TEXT)),
            _ => Ok(policies),
        }
    }

    fn characters(&self) -> usize {
        let inline = self.inline.as_ref().map_or(0, |p| p.text().chars().count());
        let managed: usize = self.managed.iter().map(|p| p.arn().as_str().len()).sum();
        inline + managed
    }

    /// Refuses managed policies that the role's account does not have.
    ///
    /// # Errors
    ///
    /// `ValidationError` for the first of them.
    // UNSURE: AWS's code and sentence; both are those of attaching a policy, under a code that STS has.
    pub(crate) fn exist(&self, account: &Account, id: AccountId) -> Result<(), IamError> {
        match self.managed.iter().find(|arn| arn.find(account, id).is_none()) {
            None => Ok(()),
            Some(missing) => Err(IamError::ValidationError(format!(
                "Policy {} does not exist or is not attachable.",
                missing.arn()
            ))),
        }
    }

    /// The text of the inline policy.
    pub(crate) fn inline(&self) -> Option<String> {
        self.inline.as_ref().map(|policy| policy.text().to_owned())
    }

    /// The managed policies.
    pub(crate) fn managed(&self) -> Vec<Arn> {
        self.managed.iter().map(|policy| policy.arn().clone()).collect()
    }
}

/// `percent` says by how much; whole percents, 100 being what fits.
pub(crate) fn too_large(percent: usize) -> IamError {
    IamError::PackedPolicyTooLarge(format!(
        "Packed policy consumes {percent}% of allotted space, please use smaller policy."
    ))
}
