//! `iam:ListRoles`: the account's roles, by name.

use kagiban_aws::Arn;

use crate::names::PathPrefix;
use crate::page::Page;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Which roles to show.
#[derive(Clone, Debug)]
pub struct ListRoles {
    prefix: PathPrefix,
    page: Page,
}

impl Operation for ListRoles {
    const ACTION: &'static str = "iam:ListRoles";
    type Wire = wire::ListRolesRequest;
    type Output = wire::ListRolesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListRolesRequest) -> Result<ListRoles, IamError> {
        Ok(ListRoles {
            prefix: PathPrefix::optional(wire.path_prefix)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("role{}", self.prefix));
        Ok(vec![Requirement::on(Self::ACTION, arn, id)])
    }

    fn decide(
        request: Authorized<ListRoles>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListRolesResponse>, IamError> {
        let roles = view.account(call)?.roles.iter();
        let matching = roles.filter(|(_, role)| request.prefix.takes(&role.path));
        let slice = request
            .page
            .cut(matching.map(|(name, role)| (name, role.listed(call.scope.account, view.iam))));
        Ok(Decision::read(wire::ListRolesResponse {
            roles: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
