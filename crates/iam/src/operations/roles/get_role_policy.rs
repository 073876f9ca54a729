//! `iam:GetRolePolicy`: read a policy that is written into a role.

use crate::entity::Entity;
use crate::names::{PolicyName, RoleName};
use crate::records::Role;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, inline_policies, wire,
};

/// The policy, and whose it is.
#[derive(Clone, Debug)]
pub struct GetRolePolicy {
    role: RoleName,
    name: PolicyName,
}

impl Operation for GetRolePolicy {
    const ACTION: &'static str = "iam:GetRolePolicy";
    type Wire = wire::GetRolePolicyRequest;
    type Output = wire::GetRolePolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetRolePolicyRequest) -> Result<GetRolePolicy, IamError> {
        Ok(GetRolePolicy {
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
        request: Authorized<GetRolePolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetRolePolicyResponse>, IamError> {
        let account = view.account(call)?;
        let (role_name, document) = inline_policies::get::<Role>(account, &request.role, &request.name)?;
        Ok(Decision::read(wire::GetRolePolicyResponse {
            role_name: Some(role_name),
            policy_name: Some(request.name.to_string()),
            policy_document: Some(document),
        }))
    }
}
