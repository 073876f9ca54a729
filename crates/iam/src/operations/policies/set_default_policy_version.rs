//! `iam:SetDefaultPolicyVersion`: put another version of a managed policy in force, at once.

use kagiban_store::Txn;

use crate::managed_policy::{PolicyArn, rewrite};
use crate::records::ManagedPolicy;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The version to put in force.
#[derive(Clone, Debug)]
pub struct SetDefaultPolicyVersion {
    policy: PolicyArn,
    version: String,
}

impl Operation for SetDefaultPolicyVersion {
    const ACTION: &'static str = "iam:SetDefaultPolicyVersion";
    type Wire = wire::SetDefaultPolicyVersionRequest;
    type Output = wire::SetDefaultPolicyVersionResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::SetDefaultPolicyVersionRequest) -> Result<SetDefaultPolicyVersion, IamError> {
        Ok(SetDefaultPolicyVersion {
            policy: PolicyArn::required(wire.policy_arn)?,
            version: wire.version_id.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![self.policy.target(Self::ACTION, account, call)])
    }

    fn decide(
        request: Authorized<SetDefaultPolicyVersion>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::SetDefaultPolicyVersionResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let policy = request.policy.ours(account, id)?;
        let number = request.policy.version(account, policy, &request.version)?;
        let new = ManagedPolicy {
            default_version: number,
            ..ManagedPolicy::clone(policy)
        };
        let mut txn = Txn::new();
        rewrite(&mut txn, id, policy, &new);
        Ok(Decision::write(txn, wire::SetDefaultPolicyVersionResponse {}))
    }
}
