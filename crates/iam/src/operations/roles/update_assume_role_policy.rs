//! `iam:UpdateAssumeRolePolicy`: say anew who may assume a role.

use kagiban_store::Txn;

use crate::document::TrustPolicy;
use crate::entity::{Entity, rewrite};
use crate::names::RoleName;
use crate::records::Role;
use crate::roles::{parse_trust, pinned};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The role, and its next trust policy.
#[derive(Clone, Debug)]
pub struct UpdateAssumeRolePolicy {
    name: RoleName,
    trust: TrustPolicy,
}

impl Operation for UpdateAssumeRolePolicy {
    const ACTION: &'static str = "iam:UpdateAssumeRolePolicy";
    type Wire = wire::UpdateAssumeRolePolicyRequest;
    type Output = wire::UpdateAssumeRolePolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UpdateAssumeRolePolicyRequest) -> Result<UpdateAssumeRolePolicy, IamError> {
        Ok(UpdateAssumeRolePolicy {
            name: RoleName::required(wire.role_name)?,
            trust: parse_trust(wire.policy_document)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![Role::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.name,
        )])
    }

    fn decide(
        request: Authorized<UpdateAssumeRolePolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UpdateAssumeRolePolicyResponse>, IamError> {
        let role = Role::modifiable(view.account(call)?, &request.name)?;
        let new = Role {
            trust: pinned(&request.trust, view.iam)?,
            ..Role::clone(role)
        };
        let mut txn = Txn::new();
        rewrite(&mut txn, call.scope.account, role, &new);
        Ok(Decision::write(txn, wire::UpdateAssumeRolePolicyResponse {}))
    }
}
