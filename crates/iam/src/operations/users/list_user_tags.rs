//! `iam:ListUserTags`: the tags of a user, by key.

use crate::entity::Entity;
use crate::names::ExistingUserName;
use crate::page::Page;
use crate::records::User;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// Whose tags to show.
#[derive(Clone, Debug)]
pub struct ListUserTags {
    user: ExistingUserName,
    page: Page,
}

impl Operation for ListUserTags {
    const ACTION: &'static str = "iam:ListUserTags";
    type Wire = wire::ListUserTagsRequest;
    type Output = wire::ListUserTagsResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListUserTagsRequest) -> Result<ListUserTags, IamError> {
        Ok(ListUserTags {
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
        request: Authorized<ListUserTags>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListUserTagsResponse>, IamError> {
        let user = User::existing(view.account(call)?, &request.user)?;
        let slice = tags::page(&user.tags, &request.page);
        Ok(Decision::read(wire::ListUserTagsResponse {
            tags: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
