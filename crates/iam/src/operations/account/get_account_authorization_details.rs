//! `iam:GetAccountAuthorizationDetails`: show everybody, and everything that grants them their rights.

use crate::Account;
use crate::authorization_details::{Detail, all};
use crate::page::Page;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Which kinds to show; all of them if none is named.
#[derive(Clone, Debug)]
pub struct GetAccountAuthorizationDetails {
    filter: Option<Vec<String>>,
    page: Page,
}

impl Operation for GetAccountAuthorizationDetails {
    const ACTION: &'static str = "iam:GetAccountAuthorizationDetails";
    type Wire = wire::GetAccountAuthorizationDetailsRequest;
    type Output = wire::GetAccountAuthorizationDetailsResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::GetAccountAuthorizationDetailsRequest,
    ) -> Result<GetAccountAuthorizationDetails, IamError> {
        Ok(GetAccountAuthorizationDetails {
            filter: wire.filter.filter(|filter| !filter.is_empty()),
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        request: Authorized<GetAccountAuthorizationDetails>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetAccountAuthorizationDetailsResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let details = all(account).filter(|detail| request.wants(detail, account));
        let slice = request.page.cut(details.map(|detail| (detail.place(), detail)));
        let mut output = wire::GetAccountAuthorizationDetailsResponse {
            user_detail_list: Some(Vec::new()),
            group_detail_list: Some(Vec::new()),
            role_detail_list: Some(Vec::new()),
            policies: Some(Vec::new()),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        };
        for detail in slice.items {
            detail.show(account, id, view.iam, &mut output);
        }
        Ok(Decision::read(output))
    }
}

impl GetAccountAuthorizationDetails {
    fn wants(&self, detail: &Detail<'_>, account: &Account) -> bool {
        match &self.filter {
            Some(filter) => filter.iter().any(|kind| kind == detail.kind()),
            // UNSURE: unasked, AWS shows of its own policies only those that somebody has.
            None => detail.is_in_use(account),
        }
    }
}
