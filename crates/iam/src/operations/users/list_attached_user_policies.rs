//! `iam:ListAttachedUserPolicies`: the managed policies of a user.

use crate::entity::Entity;
use crate::names::{ExistingUserName, PathPrefix};
use crate::page::Page;
use crate::records::User;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, attachments, wire};

/// Whose policies to show, and which.
#[derive(Clone, Debug)]
pub struct ListAttachedUserPolicies {
    user: ExistingUserName,
    prefix: PathPrefix,
    page: Page,
}

impl Operation for ListAttachedUserPolicies {
    const ACTION: &'static str = "iam:ListAttachedUserPolicies";
    type Wire = wire::ListAttachedUserPoliciesRequest;
    type Output = wire::ListAttachedUserPoliciesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListAttachedUserPoliciesRequest) -> Result<ListAttachedUserPolicies, IamError> {
        Ok(ListAttachedUserPolicies {
            user: ExistingUserName::required(wire.user_name)?,
            prefix: PathPrefix::optional(wire.path_prefix)?,
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
        request: Authorized<ListAttachedUserPolicies>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListAttachedUserPoliciesResponse>, IamError> {
        let account = view.account(call)?;
        let slice = attachments::list::<User>(account, &request.user, &request.prefix, &request.page)?;
        Ok(Decision::read(wire::ListAttachedUserPoliciesResponse {
            attached_policies: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
