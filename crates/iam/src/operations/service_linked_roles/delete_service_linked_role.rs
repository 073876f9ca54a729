//! `iam:DeleteServiceLinkedRole`: delete the role that a service has for itself, policies and all.

use kagiban_store::Txn;

use crate::entity::Entity;
use crate::names::RoleName;
use crate::records::Role;
use crate::records::keys::{self, EntityKind};
use crate::service_linked_roles::{DeletionTask, LinkedService};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The role to delete.
#[derive(Clone, Debug)]
pub struct DeleteServiceLinkedRole {
    name: RoleName,
}

impl Operation for DeleteServiceLinkedRole {
    const ACTION: &'static str = "iam:DeleteServiceLinkedRole";
    type Wire = wire::DeleteServiceLinkedRoleRequest;
    type Output = wire::DeleteServiceLinkedRoleResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteServiceLinkedRoleRequest) -> Result<DeleteServiceLinkedRole, IamError> {
        let name = RoleName::required(wire.role_name)?;
        Ok(DeleteServiceLinkedRole { name })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = Role::target(Self::ACTION, account, call.scope.account, &self.name);
        let role = account.role(&self.name);
        Ok(vec![
            match role.and_then(|role| LinkedService::of_path(&role.path)) {
                Some(service) => target.when("iam:awsservicename", service),
                None => target,
            },
        ])
    }

    fn decide(
        request: Authorized<DeleteServiceLinkedRole>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::DeleteServiceLinkedRoleResponse>, IamError> {
        let id = call.scope.account;
        let role = Role::existing(view.account(call)?, &request.name)?;
        if !role.is_service_linked() {
            // UNSURE: AWS's sentence; the code is the only one that fits of those it documents.
            return Err(IamError::NoSuchEntity(format!(
                "The service-linked role with name {} cannot be found.",
                request.name
            )));
        }
        let key = keys::role(id, &role.name);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(role.revision)).delete(key);
        for policy in &role.grants.attached {
            txn.delete(keys::attachment(id, policy, EntityKind::Role, &role.name));
        }
        let task = DeletionTask::of(&role.path, &role.name, with.entropy.uuid());
        let deletion_task_id = Some(task.to_string());
        Ok(Decision::write(
            txn,
            wire::DeleteServiceLinkedRoleResponse { deletion_task_id },
        ))
    }
}
