//! `iam:DeleteRole`: delete a role that nothing hangs on.

use kagiban_store::Txn;

use crate::boundary::unmark;
use crate::entity::{Entity, bare};
use crate::names::RoleName;
use crate::records::Role;
use crate::records::keys::{self, EntityKind};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The role to delete.
#[derive(Clone, Debug)]
pub struct DeleteRole {
    name: RoleName,
}

impl Operation for DeleteRole {
    const ACTION: &'static str = "iam:DeleteRole";
    type Wire = wire::DeleteRoleRequest;
    type Output = wire::DeleteRoleResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteRoleRequest) -> Result<DeleteRole, IamError> {
        let name = RoleName::required(wire.role_name)?;
        Ok(DeleteRole { name })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![Role::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.name,
        )])
    }

    fn decide(
        request: Authorized<DeleteRole>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteRoleResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let role = Role::modifiable(account, &request.name)?;
        let mut profiles = account.instance_profiles.values();
        if profiles.any(|profile| profile.holds(&role.name)) {
            return Err(IamError::DeleteConflict(
                "Cannot delete entity, must remove roles from instance profile first.",
            ));
        }
        bare(&role.grants)?;
        let key = keys::role(id, &role.name);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(role.revision))
            .delete(key)
            .delete(keys::last_used(id, &role.id));
        unmark(&role.grants, id, EntityKind::Role, &role.name, &mut txn);
        Ok(Decision::write(txn, wire::DeleteRoleResponse {}))
    }
}
