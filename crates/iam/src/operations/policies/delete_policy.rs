//! `iam:DeletePolicy`: delete a managed policy that is attached to nothing.

use kagiban_store::Txn;

use crate::managed_policy::{Managed, PolicyArn};
use crate::records::keys;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

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
        let found = (request.policy.existing(account, id)?, account.policy(arn));
        let (Managed::Ours(_), Some(policy)) = found else {
            return Err(IamError::AccessDenied(format!("Policy {arn} belongs to AWS.")));
        };
        if account.attachment_count(arn) + account.boundary_count(arn) > 0 {
            return Err(IamError::DeleteConflict(
                "Cannot delete a policy attached to entities.",
            ));
        }
        if (1..policy.next_version)
            .filter(|number| account.policy_version(policy, *number).is_some())
            .nth(1)
            .is_some()
        {
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
