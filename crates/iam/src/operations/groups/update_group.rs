//! `iam:UpdateGroup`: give a group another name or path.

use crate::names::GroupName;
use crate::records::Group;
use crate::renaming::{self, NewName};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The group, and what it will be called.
#[derive(Clone, Debug)]
pub struct UpdateGroup {
    name: GroupName,
    to: NewName,
}

impl Operation for UpdateGroup {
    const ACTION: &'static str = "iam:UpdateGroup";
    type Wire = wire::UpdateGroupRequest;
    type Output = wire::UpdateGroupResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UpdateGroupRequest) -> Result<UpdateGroup, IamError> {
        let name = GroupName::optional(wire.new_group_name)?;
        Ok(UpdateGroup {
            name: GroupName::required(wire.group_name)?,
            to: NewName::parse(name.as_deref(), wire.new_path)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        Ok(renaming::requirements::<Group>(
            Self::ACTION,
            account,
            id,
            &self.name,
            &self.to,
        ))
    }

    fn decide(
        request: Authorized<UpdateGroup>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UpdateGroupResponse>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let txn = renaming::rename::<Group>(account, id, &request.name, &request.to, view.iam)?;
        Ok(Decision::write(txn, wire::UpdateGroupResponse {}))
    }
}
