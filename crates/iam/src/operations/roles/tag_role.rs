//! `iam:TagRole`: give a role tags, or other values to those it has.

use crate::entity::Entity;
use crate::names::RoleName;
use crate::records::{Role, Tag};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The tags, and whose they will be.
#[derive(Clone, Debug)]
pub struct TagRole {
    role: RoleName,
    tags: Vec<Tag>,
}

impl Operation for TagRole {
    const ACTION: &'static str = "iam:TagRole";
    type Wire = wire::TagRoleRequest;
    type Output = wire::TagRoleResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::TagRoleRequest) -> Result<TagRole, IamError> {
        Ok(TagRole {
            role: RoleName::required(wire.role_name)?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = Role::target(Self::ACTION, account, call.scope.account, &self.role);
        Ok(vec![tags::requested(target, &self.tags)])
    }

    fn decide(
        request: Authorized<TagRole>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::TagRoleResponse>, IamError> {
        let account = view.account(call)?;
        let txn = tags::tag::<Role>(account, call.scope.account, &request.role, &request.tags)?;
        Ok(Decision::write(txn, wire::TagRoleResponse {}))
    }
}
