//! `iam:UpdateUser`: give a user another name or path.

use crate::names::{ExistingUserName, UserName};
use crate::records::User;
use crate::renaming::{self, NewName};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The user, and what they will be called.
#[derive(Clone, Debug)]
pub struct UpdateUser {
    name: ExistingUserName,
    to: NewName,
}

impl Operation for UpdateUser {
    const ACTION: &'static str = "iam:UpdateUser";
    type Wire = wire::UpdateUserRequest;
    type Output = wire::UpdateUserResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UpdateUserRequest) -> Result<UpdateUser, IamError> {
        let name = UserName::optional(wire.new_user_name)?;
        Ok(UpdateUser {
            name: ExistingUserName::required(wire.user_name)?,
            to: NewName::parse(name.as_deref(), wire.new_path)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        Ok(renaming::requirements::<User>(
            Self::ACTION,
            account,
            id,
            &self.name,
            &self.to,
        ))
    }

    fn decide(
        request: Authorized<UpdateUser>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UpdateUserResponse>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let txn = renaming::rename::<User>(account, id, &request.name, &request.to, view.iam)?;
        Ok(Decision::write(txn, wire::UpdateUserResponse {}))
    }
}
