//! `iam:ListAttachedGroupPolicies`: the managed policies of a group.

use crate::entity::Entity;
use crate::names::{GroupName, PathPrefix};
use crate::page::Page;
use crate::records::Group;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, attachments, wire};

/// Which group's policies to show, and which.
#[derive(Clone, Debug)]
pub struct ListAttachedGroupPolicies {
    group: GroupName,
    prefix: PathPrefix,
    page: Page,
}

impl Operation for ListAttachedGroupPolicies {
    const ACTION: &'static str = "iam:ListAttachedGroupPolicies";
    type Wire = wire::ListAttachedGroupPoliciesRequest;
    type Output = wire::ListAttachedGroupPoliciesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListAttachedGroupPoliciesRequest) -> Result<ListAttachedGroupPolicies, IamError> {
        Ok(ListAttachedGroupPolicies {
            group: GroupName::required(wire.group_name)?,
            prefix: PathPrefix::optional(wire.path_prefix)?,
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
        request: Authorized<ListAttachedGroupPolicies>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListAttachedGroupPoliciesResponse>, IamError> {
        let account = view.account(call)?;
        let slice = attachments::list::<Group>(account, &request.group, &request.prefix, &request.page)?;
        Ok(Decision::read(wire::ListAttachedGroupPoliciesResponse {
            attached_policies: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
