//! `iam:GetRole`: look at a role.

use crate::entity::Entity;
use crate::names::RoleName;
use crate::records::Role;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The role to show.
#[derive(Clone, Debug)]
pub struct GetRole {
    name: RoleName,
}

impl Operation for GetRole {
    const ACTION: &'static str = "iam:GetRole";
    type Wire = wire::GetRoleRequest;
    type Output = wire::GetRoleResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetRoleRequest) -> Result<GetRole, IamError> {
        let name = RoleName::required(wire.role_name)?;
        Ok(GetRole { name })
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
        request: Authorized<GetRole>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetRoleResponse>, IamError> {
        let role = Role::existing(view.account(call)?, &request.name)?;
        let role = Some(role.shown(call.scope.account, view.iam));
        Ok(Decision::read(wire::GetRoleResponse { role }))
    }
}
