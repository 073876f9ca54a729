//! `iam:DeleteGroup`: delete a group that has nothing left.

use kagiban_store::Txn;

use crate::entity::{Entity, bare};
use crate::names::GroupName;
use crate::records::{Group, keys};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The group to delete.
#[derive(Clone, Debug)]
pub struct DeleteGroup {
    name: GroupName,
}

impl Operation for DeleteGroup {
    const ACTION: &'static str = "iam:DeleteGroup";
    type Wire = wire::DeleteGroupRequest;
    type Output = wire::DeleteGroupResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteGroupRequest) -> Result<DeleteGroup, IamError> {
        let name = GroupName::required(wire.group_name)?;
        Ok(DeleteGroup { name })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![Group::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.name,
        )])
    }

    fn decide(
        request: Authorized<DeleteGroup>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteGroupResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let group = Group::existing(account, &request.name)?;
        if account.members_of(group).next().is_some() {
            return Err(IamError::DeleteConflict(
                "Cannot delete entity, must remove users from group first.",
            ));
        }
        bare(&group.grants)?;
        let key = keys::group(id, &group.name);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(group.revision))
            .prefix_empty(keys::members(id, &group.id))
            .delete(key);
        Ok(Decision::write(txn, wire::DeleteGroupResponse {}))
    }
}
