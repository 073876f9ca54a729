//! `iam:DeleteLoginProfile`: take a user's password.

use kagiban_store::Txn;

use crate::entity::Entity;
use crate::names::ExistingUserName;
use crate::passwords;
use crate::records::{User, keys};
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whose password to take, the caller's if nobody is named.
#[derive(Clone, Debug)]
pub struct DeleteLoginProfile {
    user: Option<ExistingUserName>,
}

impl Operation for DeleteLoginProfile {
    const ACTION: &'static str = "iam:DeleteLoginProfile";
    type Wire = wire::DeleteLoginProfileRequest;
    type Output = wire::DeleteLoginProfileResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteLoginProfileRequest) -> Result<DeleteLoginProfile, IamError> {
        let user = ExistingUserName::optional(wire.user_name)?;
        Ok(DeleteLoginProfile { user })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let owner = Owner::of(self.user.as_ref(), call)?;
        let account = view.account(call)?;
        Ok(vec![owner.target(Self::ACTION, account, call.scope.account)])
    }

    fn decide(
        request: Authorized<DeleteLoginProfile>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteLoginProfileResponse>, IamError> {
        let account = view.account(call)?;
        let name = Owner::of(request.user.as_ref(), call)?.user()?;
        let user = User::existing(account, &name)?;
        let profile = passwords::existing(account, &user.name)?;
        let key = keys::login_profile(call.scope.account, &user.name);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(profile.revision)).delete(key);
        Ok(Decision::write(txn, wire::DeleteLoginProfileResponse {}))
    }
}
