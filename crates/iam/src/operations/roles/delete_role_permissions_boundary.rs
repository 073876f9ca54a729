//! `iam:DeleteRolePermissionsBoundary`: let a role's policies grant all that they say.

use crate::entity::Entity;
use crate::names::RoleName;
use crate::records::Role;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, boundary, wire};

/// The role whose boundary goes.
#[derive(Clone, Debug)]
pub struct DeleteRolePermissionsBoundary {
    role: RoleName,
}

impl Operation for DeleteRolePermissionsBoundary {
    const ACTION: &'static str = "iam:DeleteRolePermissionsBoundary";
    type Wire = wire::DeleteRolePermissionsBoundaryRequest;
    type Output = wire::DeleteRolePermissionsBoundaryResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::DeleteRolePermissionsBoundaryRequest,
    ) -> Result<DeleteRolePermissionsBoundary, IamError> {
        let role = RoleName::required(wire.role_name)?;
        Ok(DeleteRolePermissionsBoundary { role })
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
        request: Authorized<DeleteRolePermissionsBoundary>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteRolePermissionsBoundaryResponse>, IamError> {
        let account = view.account(call)?;
        let txn = boundary::delete::<Role>(account, call.scope.account, &request.role)?;
        Ok(Decision::write(
            txn,
            wire::DeleteRolePermissionsBoundaryResponse {},
        ))
    }
}
