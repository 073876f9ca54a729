//! `iam:AttachRolePolicy`: attach a managed policy to a role.

use crate::managed_policy::PolicyArn;
use crate::names::RoleName;
use crate::records::Role;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, attachments, wire};

/// The policy to attach, and to whom.
#[derive(Clone, Debug)]
pub struct AttachRolePolicy {
    role: RoleName,
    policy: PolicyArn,
}

impl Operation for AttachRolePolicy {
    const ACTION: &'static str = "iam:AttachRolePolicy";
    type Wire = wire::AttachRolePolicyRequest;
    type Output = wire::AttachRolePolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::AttachRolePolicyRequest) -> Result<AttachRolePolicy, IamError> {
        Ok(AttachRolePolicy {
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
        request: Authorized<AttachRolePolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::AttachRolePolicyResponse>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let txn = attachments::attach::<Role>(account, id, &request.role, &request.policy)?;
        Ok(Decision::write(txn, wire::AttachRolePolicyResponse {}))
    }
}
