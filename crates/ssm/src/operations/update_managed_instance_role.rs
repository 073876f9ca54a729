//! `ssm:UpdateManagedInstanceRole`: give a managed node another role, from its next credentials on.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::nodes::NodeError;
use crate::records::{Node, Rights, keys};
use crate::{ParameterError, View, access, wire};

/// Which node, and which role.
#[derive(Clone, Debug)]
pub struct UpdateManagedInstanceRole {
    id: String,
    rights: Rights,
}

impl Operation for UpdateManagedInstanceRole {
    const ACTION: &'static str = "ssm:UpdateManagedInstanceRole";
    type Wire = wire::UpdateManagedInstanceRoleRequest;
    type Output = wire::UpdateManagedInstanceRoleResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::UpdateManagedInstanceRoleRequest,
    ) -> Result<UpdateManagedInstanceRole, ParameterError> {
        Ok(UpdateManagedInstanceRole {
            id: wire.instance_id.unwrap_or_default(),
            rights: Rights::Role(wire.iam_role.unwrap_or_default().into()),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let update = access::on_node(Self::ACTION, &self.id, call, view);
        Ok(vec![update, view.passing(call.scope, &self.rights)])
    }

    fn decide(
        request: Authorized<UpdateManagedInstanceRole>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::UpdateManagedInstanceRoleResult>, ParameterError> {
        let UpdateManagedInstanceRole { id, rights } = request.into_inner();
        let (id, node) = view.existing_node(&id, call)?;
        if matches!(node.rights, Rights::InstanceProfile(_)) {
            return Err(NodeError::NoSuchNode(id.to_string()).into()); // its profile says which role it has
        }
        view.role(call.scope, &rights, Some(&id), with.now)?;
        let key = keys::node(call.scope, &id);
        let new = Node {
            rights,
            ..Node::clone(node)
        };
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(node.revision)).put(key, &new);
        Ok(Decision::write(txn, wire::UpdateManagedInstanceRoleResult {}))
    }
}
