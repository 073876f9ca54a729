//! `iam:DeleteRolePolicy`: delete a policy that is written into a role.

use crate::entity::Entity;
use crate::names::{PolicyName, RoleName};
use crate::records::Role;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, inline_policies, wire,
};

/// The policy, and whose it is.
#[derive(Clone, Debug)]
pub struct DeleteRolePolicy {
    role: RoleName,
    name: PolicyName,
}

impl Operation for DeleteRolePolicy {
    const ACTION: &'static str = "iam:DeleteRolePolicy";
    type Wire = wire::DeleteRolePolicyRequest;
    type Output = wire::DeleteRolePolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteRolePolicyRequest) -> Result<DeleteRolePolicy, IamError> {
        Ok(DeleteRolePolicy {
            role: RoleName::required(wire.role_name)?,
            name: PolicyName::required(wire.policy_name)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![Role::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.role,
        )])
    }

    fn decide(
        request: Authorized<DeleteRolePolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteRolePolicyResponse>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let txn = inline_policies::delete::<Role>(account, id, &request.role, &request.name)?;
        Ok(Decision::write(txn, wire::DeleteRolePolicyResponse {}))
    }
}
