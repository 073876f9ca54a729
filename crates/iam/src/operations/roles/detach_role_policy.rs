//! `iam:DetachRolePolicy`: take a managed policy from a role.

use crate::managed_policy::PolicyArn;
use crate::names::RoleName;
use crate::records::Role;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, attachments, wire};

/// The policy to detach, and from whom.
#[derive(Clone, Debug)]
pub struct DetachRolePolicy {
    role: RoleName,
    policy: PolicyArn,
}

impl Operation for DetachRolePolicy {
    const ACTION: &'static str = "iam:DetachRolePolicy";
    type Wire = wire::DetachRolePolicyRequest;
    type Output = wire::DetachRolePolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DetachRolePolicyRequest) -> Result<DetachRolePolicy, IamError> {
        Ok(DetachRolePolicy {
            role: RoleName::required(wire.role_name)?,
            policy: PolicyArn::required(wire.policy_arn)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let target = attachments::target::<Role>(Self::ACTION, account, id, &self.role, &self.policy);
        Ok(vec![target])
    }

    fn decide(
        request: Authorized<DetachRolePolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DetachRolePolicyResponse>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let txn = attachments::detach::<Role>(account, id, &request.role, &request.policy)?;
        Ok(Decision::write(txn, wire::DetachRolePolicyResponse {}))
    }
}
