//! `iam:DeletePolicyVersion`: delete a version of a managed policy that is not in force.

use kagiban_store::Txn;

use crate::managed_policy::{PolicyArn, rewrite};
use crate::records::{ManagedPolicy, keys};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The version to delete.
#[derive(Clone, Debug)]
pub struct DeletePolicyVersion {
    policy: PolicyArn,
    version: String,
}

impl Operation for DeletePolicyVersion {
    const ACTION: &'static str = "iam:DeletePolicyVersion";
    type Wire = wire::DeletePolicyVersionRequest;
    type Output = wire::DeletePolicyVersionResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeletePolicyVersionRequest) -> Result<DeletePolicyVersion, IamError> {
        Ok(DeletePolicyVersion {
            policy: PolicyArn::required(wire.policy_arn)?,
            version: wire.version_id.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![self.policy.target(Self::ACTION, account, call)])
    }

    fn decide(
        request: Authorized<DeletePolicyVersion>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeletePolicyVersionResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let policy = request.policy.ours(account, id)?;
        let number = request.policy.version(account, policy, &request.version)?;
        if number == policy.default_version {
            return Err(IamError::DeleteConflict(
                "Cannot delete the default version of a policy.",
            ));
        }
        // The policy is written as it is, so that nobody puts the version in force in the meantime.
        let mut txn = Txn::new();
        rewrite(&mut txn, id, policy, &ManagedPolicy::clone(policy));
        txn.delete(keys::policy_version(id, &policy.name, number));
        Ok(Decision::write(txn, wire::DeletePolicyVersionResponse {}))
    }
}
