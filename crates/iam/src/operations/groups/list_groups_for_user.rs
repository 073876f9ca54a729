//! `iam:ListGroupsForUser`: the groups that a user is in, by name.

use crate::entity::Entity;
use crate::names::ExistingUserName;
use crate::page::Page;
use crate::records::User;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, groups, wire};

/// Whose groups to show.
#[derive(Clone, Debug)]
pub struct ListGroupsForUser {
    user: ExistingUserName,
    page: Page,
}

impl Operation for ListGroupsForUser {
    const ACTION: &'static str = "iam:ListGroupsForUser";
    type Wire = wire::ListGroupsForUserRequest;
    type Output = wire::ListGroupsForUserResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListGroupsForUserRequest) -> Result<ListGroupsForUser, IamError> {
        Ok(ListGroupsForUser {
            user: ExistingUserName::required(wire.user_name)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
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
        request: Authorized<ListGroupsForUser>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListGroupsForUserResponse>, IamError> {
        let account = view.account(call)?;
        let user = User::existing(account, &request.user)?;
        let slice = groups::page(account.groups_of(user), call.scope.account, &request.page);
        Ok(Decision::read(wire::ListGroupsForUserResponse {
            groups: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
