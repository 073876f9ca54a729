//! `iam:ListUserPolicies`: the names of the policies that are written into a user.

use crate::entity::Entity;
use crate::names::ExistingUserName;
use crate::page::Page;
use crate::records::User;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, inline_policies, wire,
};

/// Whose policies to show.
#[derive(Clone, Debug)]
pub struct ListUserPolicies {
    user: ExistingUserName,
    page: Page,
}

impl Operation for ListUserPolicies {
    const ACTION: &'static str = "iam:ListUserPolicies";
    type Wire = wire::ListUserPoliciesRequest;
    type Output = wire::ListUserPoliciesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListUserPoliciesRequest) -> Result<ListUserPolicies, IamError> {
        Ok(ListUserPolicies {
            user: ExistingUserName::required(wire.user_name)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![User::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.user,
        )])
    }

    fn decide(
        request: Authorized<ListUserPolicies>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListUserPoliciesResponse>, IamError> {
        let slice = inline_policies::list::<User>(view.account(call)?, &request.user, &request.page)?;
        Ok(Decision::read(wire::ListUserPoliciesResponse {
            policy_names: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
