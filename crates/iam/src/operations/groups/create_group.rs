//! `iam:CreateGroup`: make a group, with no rights and no users yet.

use kagiban_aws::Arn;
use kagiban_store::Txn;

use crate::entity::Entity;
use crate::names::{GroupName, Path};
use crate::quotas::GROUPS;
use crate::records::{Grants, Group, keys};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// A group to be made.
#[derive(Clone, Debug)]
pub struct CreateGroup {
    name: GroupName,
    path: Path,
}

impl Operation for CreateGroup {
    const ACTION: &'static str = "iam:CreateGroup";
    type Wire = wire::CreateGroupRequest;
    type Output = wire::CreateGroupResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateGroupRequest) -> Result<CreateGroup, IamError> {
        Ok(CreateGroup {
            name: GroupName::required(wire.group_name)?,
            path: Path::optional(wire.path)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("group{}{}", self.path, self.name));
        Ok(vec![Requirement::on(Self::ACTION, arn, id)])
    }

    fn decide(
        request: Authorized<CreateGroup>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateGroupResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        Group::free(account, &request.name)?;
        GROUPS.one_more(account.groups.len())?;
        let group = Group {
            name: request.name.to_string(),
            path: request.path.to_string(),
            id: with.entropy.entity_id("AGPA"),
            created: with.now,
            grants: Grants::default(),
            rest: Default::default(),
        };
        let key = keys::group(id, &group.name);
        let mut txn = Txn::new();
        txn.absent(key.clone()).put(key, &group);
        let group = Some(group.shown(id));
        Ok(Decision::write(txn, wire::CreateGroupResponse { group }))
    }
}
