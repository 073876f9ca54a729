//! `iam:DeleteUser`: delete a user who has nothing left.

use kagiban_store::Txn;

use crate::boundary::unmark;
use crate::entity::{Entity, bare};
use crate::names::ExistingUserName;
use crate::records::User;
use crate::records::keys::{self, EntityKind};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The user to delete.
#[derive(Clone, Debug)]
pub struct DeleteUser {
    name: ExistingUserName,
}

impl Operation for DeleteUser {
    const ACTION: &'static str = "iam:DeleteUser";
    type Wire = wire::DeleteUserRequest;
    type Output = wire::DeleteUserResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteUserRequest) -> Result<DeleteUser, IamError> {
        let name = ExistingUserName::required(wire.user_name)?;
        Ok(DeleteUser { name })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![User::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.name,
        )])
    }

    fn decide(
        request: Authorized<DeleteUser>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteUserResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let user = User::existing(account, &request.name)?;
        if !user.groups.is_empty() {
            return Err(IamError::DeleteConflict(
                "Cannot delete entity, must remove users from group first.",
            ));
        }
        bare(&user.grants)?;
        if account.access_keys_of(&user.name).next().is_some() {
            return Err(IamError::DeleteConflict(
                "Cannot delete entity, must delete access keys first.",
            ));
        }
        if account.login(&user.name).is_some() {
            return Err(IamError::DeleteConflict(
                "Cannot delete entity, must delete login profile first.",
            ));
        }
        if account.mfa_devices.of(user).next().is_some() {
            return Err(IamError::DeleteConflict(
                "Cannot delete entity, must delete MFA device first.",
            ));
        }
        let key = keys::user(id, &user.name);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(user.revision)).delete(key);
        unmark(&user.grants, id, EntityKind::User, &user.name, &mut txn);
        Ok(Decision::write(txn, wire::DeleteUserResponse {}))
    }
}
