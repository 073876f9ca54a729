//! `iam:ListAccountAliases`: see the account's other name, if it has one.

use crate::page::Page;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// A list of at most one.
#[derive(Clone, Debug)]
pub struct ListAccountAliases {
    page: Page,
}

impl Operation for ListAccountAliases {
    const ACTION: &'static str = "iam:ListAccountAliases";
    type Wire = wire::ListAccountAliasesRequest;
    type Output = wire::ListAccountAliasesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListAccountAliasesRequest) -> Result<ListAccountAliases, IamError> {
        let page = Page::parse(wire.max_items, wire.marker)?;
        Ok(ListAccountAliases { page })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<ListAccountAliases>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListAccountAliasesResponse>, IamError> {
        let alias = view.account(call)?.alias.as_deref();
        let slice = request
            .page
            .cut(alias.into_iter().map(|alias| (alias, alias.to_owned())));
        Ok(Decision::read(wire::ListAccountAliasesResponse {
            account_aliases: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
