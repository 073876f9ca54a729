//! `iam:ListInstanceProfilesForRole`: the instance profiles that hold a role.

use crate::entity::Entity;
use crate::names::RoleName;
use crate::page::Page;
use crate::records::Role;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The role, and which part of the list.
#[derive(Clone, Debug)]
pub struct ListInstanceProfilesForRole {
    role: RoleName,
    page: Page,
}

impl Operation for ListInstanceProfilesForRole {
    const ACTION: &'static str = "iam:ListInstanceProfilesForRole";
    type Wire = wire::ListInstanceProfilesForRoleRequest;
    type Output = wire::ListInstanceProfilesForRoleResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::ListInstanceProfilesForRoleRequest,
    ) -> Result<ListInstanceProfilesForRole, IamError> {
        Ok(ListInstanceProfilesForRole {
            role: RoleName::required(wire.role_name)?,
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
        request: Authorized<ListInstanceProfilesForRole>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListInstanceProfilesForRoleResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let role = Role::existing(account, &request.role)?;
        let profiles = account.instance_profiles.iter();
        let matching = profiles.filter(|(_, profile)| profile.holds(&role.name));
        let slice = request
            .page
            .cut(matching.map(|(name, profile)| (name, profile.listed(id, account, view.iam))));
        Ok(Decision::read(wire::ListInstanceProfilesForRoleResponse {
            instance_profiles: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
