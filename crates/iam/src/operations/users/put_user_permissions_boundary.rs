//! `iam:PutUserPermissionsBoundary`: bound what a user's policies can grant.

use crate::boundary::{self, Boundary};
use crate::names::ExistingUserName;
use crate::records::User;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The user, and the policy that will bound it.
#[derive(Clone, Debug)]
pub struct PutUserPermissionsBoundary {
    user: ExistingUserName,
    boundary: Boundary,
}

impl Operation for PutUserPermissionsBoundary {
    const ACTION: &'static str = "iam:PutUserPermissionsBoundary";
    type Wire = wire::PutUserPermissionsBoundaryRequest;
    type Output = wire::PutUserPermissionsBoundaryResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::PutUserPermissionsBoundaryRequest) -> Result<PutUserPermissionsBoundary, IamError> {
        Ok(PutUserPermissionsBoundary {
            user: ExistingUserName::required(wire.user_name)?,
            boundary: Boundary::required(wire.permissions_boundary.as_deref())?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let target = boundary::target::<User>(Self::ACTION, account, id, &self.user, &self.boundary);
        Ok(vec![target])
    }

    fn decide(
        request: Authorized<PutUserPermissionsBoundary>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::PutUserPermissionsBoundaryResponse>, IamError> {
        let account = view.account(call)?;
        let txn = boundary::put::<User>(account, call.scope.account, &request.user, &request.boundary)?;
        Ok(Decision::write(txn, wire::PutUserPermissionsBoundaryResponse {}))
    }
}
