//! `iam:GetLoginProfile`: see whether a user has a password.

use crate::entity::Entity;
use crate::names::ExistingUserName;
use crate::passwords;
use crate::records::User;
use crate::users::Owner;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whose password to look for, the caller's if nobody is named.
#[derive(Clone, Debug)]
pub struct GetLoginProfile {
    user: Option<ExistingUserName>,
}

impl Operation for GetLoginProfile {
    const ACTION: &'static str = "iam:GetLoginProfile";
    type Wire = wire::GetLoginProfileRequest;
    type Output = wire::GetLoginProfileResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetLoginProfileRequest) -> Result<GetLoginProfile, IamError> {
        let user = ExistingUserName::optional(wire.user_name)?;
        Ok(GetLoginProfile { user })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let owner = Owner::of(self.user.as_ref(), call)?;
        let account = view.account(call)?;
        Ok(vec![owner.target(Self::ACTION, account, call.scope.account)])
    }

    fn decide(
        request: Authorized<GetLoginProfile>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetLoginProfileResponse>, IamError> {
        let account = view.account(call)?;
        let name = Owner::of(request.user.as_ref(), call)?.user()?;
        let user = User::existing(account, &name)?;
        let login_profile = Some(passwords::existing(account, &user.name)?.shown(&user.name));
        Ok(Decision::read(wire::GetLoginProfileResponse { login_profile }))
    }
}
