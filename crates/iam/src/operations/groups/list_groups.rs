//! `iam:ListGroups`: the account's groups, by name.

use kagiban_aws::Arn;

use crate::names::PathPrefix;
use crate::page::Page;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, groups, wire};

/// Which groups to show.
#[derive(Clone, Debug)]
pub struct ListGroups {
    prefix: PathPrefix,
    page: Page,
}

impl Operation for ListGroups {
    const ACTION: &'static str = "iam:ListGroups";
    type Wire = wire::ListGroupsRequest;
    type Output = wire::ListGroupsResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListGroupsRequest) -> Result<ListGroups, IamError> {
        Ok(ListGroups {
            prefix: PathPrefix::optional(wire.path_prefix)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("group{}", self.prefix));
        Ok(vec![Requirement::on(Self::ACTION, arn, id)])
    }

    fn decide(
        request: Authorized<ListGroups>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListGroupsResponse>, IamError> {
        let all = view.account(call)?.groups.values();
        let matching = all.filter(|group| request.prefix.takes(&group.path));
        let slice = groups::page(matching, call.scope.account, &request.page);
        Ok(Decision::read(wire::ListGroupsResponse {
            groups: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
