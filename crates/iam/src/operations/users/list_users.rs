//! `iam:ListUsers`: the account's users, by name.

use kagiban_aws::Arn;

use crate::names::PathPrefix;
use crate::page::Page;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Which users to show.
#[derive(Clone, Debug)]
pub struct ListUsers {
    prefix: PathPrefix,
    page: Page,
}

impl Operation for ListUsers {
    const ACTION: &'static str = "iam:ListUsers";
    type Wire = wire::ListUsersRequest;
    type Output = wire::ListUsersResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListUsersRequest) -> Result<ListUsers, IamError> {
        Ok(ListUsers {
            prefix: PathPrefix::optional(wire.path_prefix)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("user{}", self.prefix));
        Ok(vec![Requirement::on(Self::ACTION, arn, id)])
    }

    fn decide(
        request: Authorized<ListUsers>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListUsersResponse>, IamError> {
        let users = view.account(call)?.users.iter();
        let matching = users.filter(|(_, user)| request.prefix.takes(&user.path));
        let slice = request
            .page
            .cut(matching.map(|(name, user)| (name, user.listed(call.scope.account))));
        Ok(Decision::read(wire::ListUsersResponse {
            users: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
