//! `iam:DeletePolicy`: delete a managed policy that is attached to nothing.

use kagiban_store::Txn;

use crate::managed_policy::PolicyArn;
use crate::records::keys;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, Usage, View, With, wire};

/// The policy to delete.
#[derive(Clone, Debug)]
pub struct DeletePolicy {
    policy: PolicyArn,
}

impl Operation for DeletePolicy {
    const ACTION: &'static str = "iam:DeletePolicy";
    type Wire = wire::DeletePolicyRequest;
    type Output = wire::DeletePolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeletePolicyRequest) -> Result<DeletePolicy, IamError> {
        let policy = PolicyArn::required(wire.policy_arn)?;
        Ok(DeletePolicy { policy })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![self.policy.target(Self::ACTION, account, call)])
    }

    fn decide(
        request: Authorized<DeletePolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeletePolicyResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let arn = request.policy.arn();
        let policy = request.policy.ours(account, id)?;
        let uses = [Usage::Attached, Usage::Boundary];
        if uses.into_iter().any(|usage| account.uses.count(arn, usage) > 0) {
            return Err(IamError::DeleteConflict(
                "Cannot delete a policy attached to entities.",
            ));
        }
        if account.policy_versions_of(policy).count() > 1 {
            return Err(IamError::DeleteConflict(MANY_VERSIONS));
        }
        let key = keys::policy(id, &policy.name);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(policy.revision))
            .prefix_empty(keys::attachments(id, arn))
            .delete(key)
            .delete_prefix(keys::policy_versions(id, &policy.name));
        Ok(Decision::write(txn, wire::DeletePolicyResponse {}))
    }
}

const MANY_VERSIONS: &str = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.";
