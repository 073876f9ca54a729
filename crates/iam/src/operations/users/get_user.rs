//! `iam:GetUser`: look at a user, or at oneself.

use crate::entity::Entity;
use crate::names::ExistingUserName;
use crate::records::User;
use crate::users::{Owner, root_arn};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The user to show; none for the caller.
#[derive(Clone, Debug)]
pub struct GetUser {
    name: Option<ExistingUserName>,
}

impl Operation for GetUser {
    const ACTION: &'static str = "iam:GetUser";
    type Wire = wire::GetUserRequest;
    type Output = wire::GetUserResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetUserRequest) -> Result<GetUser, IamError> {
        let name = ExistingUserName::optional(wire.user_name)?;
        Ok(GetUser { name })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let owner = Owner::of(self.name.as_ref(), call)?;
        let account = view.account(call)?;
        Ok(vec![owner.target(Self::ACTION, account, call.scope.account)])
    }

    fn decide(
        request: Authorized<GetUser>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetUserResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let user = match Owner::of(request.name.as_ref(), call)? {
            Owner::User(name) => User::existing(account, &name)?.shown(id),
            Owner::Root => wire::User {
                user_id: Some(id.to_string()),
                arn: Some(root_arn(id).into()),
                create_date: account.record.as_ref().map(|record| record.created),
                ..wire::User::default()
            },
        };
        Ok(Decision::read(wire::GetUserResponse { user: Some(user) }))
    }
}
