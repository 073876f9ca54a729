//! `iam:DeleteUserPermissionsBoundary`: let a user's policies grant all that they say.

use crate::entity::Entity;
use crate::names::ExistingUserName;
use crate::records::User;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, boundary, wire};

/// The user whose boundary goes.
#[derive(Clone, Debug)]
pub struct DeleteUserPermissionsBoundary {
    user: ExistingUserName,
}

impl Operation for DeleteUserPermissionsBoundary {
    const ACTION: &'static str = "iam:DeleteUserPermissionsBoundary";
    type Wire = wire::DeleteUserPermissionsBoundaryRequest;
    type Output = wire::DeleteUserPermissionsBoundaryResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::DeleteUserPermissionsBoundaryRequest,
    ) -> Result<DeleteUserPermissionsBoundary, IamError> {
        let user = ExistingUserName::required(wire.user_name)?;
        Ok(DeleteUserPermissionsBoundary { user })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![User::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.user,
        )])
    }

    fn decide(
        request: Authorized<DeleteUserPermissionsBoundary>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteUserPermissionsBoundaryResponse>, IamError> {
        let account = view.account(call)?;
        let txn = boundary::delete::<User>(account, call.scope.account, &request.user)?;
        Ok(Decision::write(
            txn,
            wire::DeleteUserPermissionsBoundaryResponse {},
        ))
    }
}
