//! `iam:GetGroup`: look at a group and the users in it, by name.

use crate::entity::Entity;
use crate::names::GroupName;
use crate::page::Page;
use crate::records::Group;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The group, and which of its users to show.
#[derive(Clone, Debug)]
pub struct GetGroup {
    name: GroupName,
    page: Page,
}

impl Operation for GetGroup {
    const ACTION: &'static str = "iam:GetGroup";
    type Wire = wire::GetGroupRequest;
    type Output = wire::GetGroupResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetGroupRequest) -> Result<GetGroup, IamError> {
        Ok(GetGroup {
            name: GroupName::required(wire.group_name)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![Group::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.name,
        )])
    }

    fn decide(
        request: Authorized<GetGroup>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetGroupResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let group = Group::existing(account, &request.name)?;
        let users = account
            .members_of(group)
            .map(|user| (user.name.to_lowercase(), user.listed(id)));
        let slice = request.page.cut(users);
        Ok(Decision::read(wire::GetGroupResponse {
            group: Some(group.shown(id)),
            users: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
