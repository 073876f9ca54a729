//! `iam:UntagRole`: take tags from a role.

use crate::entity::Entity;
use crate::names::RoleName;
use crate::records::Role;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The keys of the tags, and whose they are.
#[derive(Clone, Debug)]
pub struct UntagRole {
    role: RoleName,
    keys: Vec<String>,
}

impl Operation for UntagRole {
    const ACTION: &'static str = "iam:UntagRole";
    type Wire = wire::UntagRoleRequest;
    type Output = wire::UntagRoleResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UntagRoleRequest) -> Result<UntagRole, IamError> {
        Ok(UntagRole {
            role: RoleName::required(wire.role_name)?,
            keys: tags::parse_keys(wire.tag_keys)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = Role::target(Self::ACTION, account, call.scope.account, &self.role);
        Ok(vec![tags::unrequested(target, &self.keys)])
    }

    fn decide(
        request: Authorized<UntagRole>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UntagRoleResponse>, IamError> {
        let account = view.account(call)?;
        let txn = tags::untag::<Role>(account, call.scope.account, &request.role, &request.keys)?;
        Ok(Decision::write(txn, wire::UntagRoleResponse {}))
    }
}
