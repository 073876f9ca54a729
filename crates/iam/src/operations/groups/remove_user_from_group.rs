//! `iam:RemoveUserFromGroup`: take a user out of a group.

use crate::entity::Entity;
use crate::names::{ExistingUserName, GroupName};
use crate::records::Group;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, groups, wire};

/// The group, and the user who is in it.
#[derive(Clone, Debug)]
pub struct RemoveUserFromGroup {
    group: GroupName,
    user: ExistingUserName,
}

impl Operation for RemoveUserFromGroup {
    const ACTION: &'static str = "iam:RemoveUserFromGroup";
    type Wire = wire::RemoveUserFromGroupRequest;
    type Output = wire::RemoveUserFromGroupResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::RemoveUserFromGroupRequest) -> Result<RemoveUserFromGroup, IamError> {
        Ok(RemoveUserFromGroup {
            group: GroupName::required(wire.group_name)?,
            user: ExistingUserName::required(wire.user_name)?,
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
        request: Authorized<RemoveUserFromGroup>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::RemoveUserFromGroupResponse>, IamError> {
        let account = view.account(call)?;
        let txn = groups::leave(account, call.scope.account, &request.group, &request.user)?;
        Ok(Decision::write(txn, wire::RemoveUserFromGroupResponse {}))
    }
}
