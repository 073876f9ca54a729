//! `iam:ListRolePolicies`: the names of the policies that are written into a role.

use crate::entity::Entity;
use crate::names::RoleName;
use crate::page::Page;
use crate::records::Role;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, inline_policies, wire,
};

/// Whose policies to show.
#[derive(Clone, Debug)]
pub struct ListRolePolicies {
    role: RoleName,
    page: Page,
}

impl Operation for ListRolePolicies {
    const ACTION: &'static str = "iam:ListRolePolicies";
    type Wire = wire::ListRolePoliciesRequest;
    type Output = wire::ListRolePoliciesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListRolePoliciesRequest) -> Result<ListRolePolicies, IamError> {
        Ok(ListRolePolicies {
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
        request: Authorized<ListRolePolicies>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListRolePoliciesResponse>, IamError> {
        let slice = inline_policies::list::<Role>(view.account(call)?, &request.role, &request.page)?;
        Ok(Decision::read(wire::ListRolePoliciesResponse {
            policy_names: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
