//! `iam:PutRolePermissionsBoundary`: bound what a role's policies can grant.

use crate::boundary::{self, Boundary};
use crate::names::RoleName;
use crate::records::Role;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The role, and the policy that will bound it.
#[derive(Clone, Debug)]
pub struct PutRolePermissionsBoundary {
    role: RoleName,
    boundary: Boundary,
}

impl Operation for PutRolePermissionsBoundary {
    const ACTION: &'static str = "iam:PutRolePermissionsBoundary";
    type Wire = wire::PutRolePermissionsBoundaryRequest;
    type Output = wire::PutRolePermissionsBoundaryResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::PutRolePermissionsBoundaryRequest) -> Result<PutRolePermissionsBoundary, IamError> {
        Ok(PutRolePermissionsBoundary {
            role: RoleName::required(wire.role_name)?,
            boundary: Boundary::required(wire.permissions_boundary.as_deref())?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let target = boundary::target::<Role>(Self::ACTION, account, id, &self.role, &self.boundary);
        Ok(vec![target])
    }

    fn decide(
        request: Authorized<PutRolePermissionsBoundary>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::PutRolePermissionsBoundaryResponse>, IamError> {
        let account = view.account(call)?;
        let txn = boundary::put::<Role>(account, call.scope.account, &request.role, &request.boundary)?;
        Ok(Decision::write(txn, wire::PutRolePermissionsBoundaryResponse {}))
    }
}
