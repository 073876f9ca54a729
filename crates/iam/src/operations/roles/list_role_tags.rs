//! `iam:ListRoleTags`: the tags of a role, by key.

use crate::entity::Entity;
use crate::names::RoleName;
use crate::page::Page;
use crate::records::Role;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// Whose tags to show.
#[derive(Clone, Debug)]
pub struct ListRoleTags {
    role: RoleName,
    page: Page,
}

impl Operation for ListRoleTags {
    const ACTION: &'static str = "iam:ListRoleTags";
    type Wire = wire::ListRoleTagsRequest;
    type Output = wire::ListRoleTagsResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListRoleTagsRequest) -> Result<ListRoleTags, IamError> {
        Ok(ListRoleTags {
            role: RoleName::required(wire.role_name)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![Role::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.role,
        )])
    }

    fn decide(
        request: Authorized<ListRoleTags>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListRoleTagsResponse>, IamError> {
        let role = Role::existing(view.account(call)?, &request.role)?;
        let slice = tags::page(&role.tags, &request.page);
        Ok(Decision::read(wire::ListRoleTagsResponse {
            tags: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
