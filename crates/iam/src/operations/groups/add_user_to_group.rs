//! `iam:AddUserToGroup`: put a user into a group.

use crate::entity::Entity;
use crate::names::{ExistingUserName, GroupName};
use crate::records::Group;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, groups, wire};

/// The group, and the user who will be in it.
#[derive(Clone, Debug)]
pub struct AddUserToGroup {
    group: GroupName,
    user: ExistingUserName,
}

impl Operation for AddUserToGroup {
    const ACTION: &'static str = "iam:AddUserToGroup";
    type Wire = wire::AddUserToGroupRequest;
    type Output = wire::AddUserToGroupResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::AddUserToGroupRequest) -> Result<AddUserToGroup, IamError> {
        Ok(AddUserToGroup {
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
        request: Authorized<AddUserToGroup>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::AddUserToGroupResponse>, IamError> {
        let account = view.account(call)?;
        let txn = groups::join(account, call.scope.account, &request.group, &request.user)?;
        Ok(Decision::write(txn, wire::AddUserToGroupResponse {}))
    }
}
