//! `iam:ListAttachedRolePolicies`: the managed policies of a role.

use crate::entity::Entity;
use crate::names::{PathPrefix, RoleName};
use crate::page::Page;
use crate::records::Role;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, attachments, wire};

/// Whose policies to show, and which.
#[derive(Clone, Debug)]
pub struct ListAttachedRolePolicies {
    role: RoleName,
    prefix: PathPrefix,
    page: Page,
}

impl Operation for ListAttachedRolePolicies {
    const ACTION: &'static str = "iam:ListAttachedRolePolicies";
    type Wire = wire::ListAttachedRolePoliciesRequest;
    type Output = wire::ListAttachedRolePoliciesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListAttachedRolePoliciesRequest) -> Result<ListAttachedRolePolicies, IamError> {
        Ok(ListAttachedRolePolicies {
            role: RoleName::required(wire.role_name)?,
            prefix: PathPrefix::optional(wire.path_prefix)?,
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
        request: Authorized<ListAttachedRolePolicies>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListAttachedRolePoliciesResponse>, IamError> {
        let account = view.account(call)?;
        let slice = attachments::list::<Role>(account, &request.role, &request.prefix, &request.page)?;
        Ok(Decision::read(wire::ListAttachedRolePoliciesResponse {
            attached_policies: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
