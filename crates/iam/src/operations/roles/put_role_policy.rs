//! `iam:PutRolePolicy`: write a policy into a role.

use crate::document::IdentityPolicy;
use crate::entity::Entity;
use crate::names::{PolicyName, RoleName};
use crate::records::Role;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, inline_policies, wire,
};

/// The policy, and whose it will be.
#[derive(Clone, Debug)]
pub struct PutRolePolicy {
    role: RoleName,
    name: PolicyName,
    policy: IdentityPolicy,
}

impl Operation for PutRolePolicy {
    const ACTION: &'static str = "iam:PutRolePolicy";
    type Wire = wire::PutRolePolicyRequest;
    type Output = wire::PutRolePolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::PutRolePolicyRequest) -> Result<PutRolePolicy, IamError> {
        Ok(PutRolePolicy {
            role: RoleName::required(wire.role_name)?,
            name: PolicyName::required(wire.policy_name)?,
            policy: IdentityPolicy::parse(wire.policy_document.unwrap_or_default().as_str())?,
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
        request: Authorized<PutRolePolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::PutRolePolicyResponse>, IamError> {
        let account = view.account(call)?;
        let PutRolePolicy { role, name, policy } = request.into_inner();
        let txn = inline_policies::put::<Role>(account, call.scope.account, &role, &name, &policy)?;
        Ok(Decision::write(txn, wire::PutRolePolicyResponse {}))
    }
}
