//! `iam:ListGroupPolicies`: the names of the policies that are written into a group.

use crate::entity::Entity;
use crate::names::GroupName;
use crate::page::Page;
use crate::records::Group;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, inline_policies, wire,
};

/// Which group's policies to show.
#[derive(Clone, Debug)]
pub struct ListGroupPolicies {
    group: GroupName,
    page: Page,
}

impl Operation for ListGroupPolicies {
    const ACTION: &'static str = "iam:ListGroupPolicies";
    type Wire = wire::ListGroupPoliciesRequest;
    type Output = wire::ListGroupPoliciesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListGroupPoliciesRequest) -> Result<ListGroupPolicies, IamError> {
        Ok(ListGroupPolicies {
            group: GroupName::required(wire.group_name)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![Group::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.group,
        )])
    }

    fn decide(
        request: Authorized<ListGroupPolicies>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListGroupPoliciesResponse>, IamError> {
        let slice = inline_policies::list::<Group>(view.account(call)?, &request.group, &request.page)?;
        Ok(Decision::read(wire::ListGroupPoliciesResponse {
            policy_names: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
