//! `ssm:UpdateManagedInstancePublicKey`: announce a node's next key, signed with the one in force.
//!
//! Both count until the node has signed with the new one: whether the answer arrived or not, the node can go
//! on. The announcement may come twice; one that was recorded and is sent again later changes nothing.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use super::register_managed_instance::public_key;
use super::request_managed_instance_role_token::{of_the_node, proven};
use super::wire;
use crate::nodes::NodeError;
use crate::records::{Node, PublicKeyBytes, keys};
use crate::{ParameterError, View};

/// The next key.
#[derive(Clone, Debug)]
pub struct UpdateManagedInstancePublicKey {
    /// DER of a SubjectPublicKeyInfo.
    next: Vec<u8>,
}

impl Operation for UpdateManagedInstancePublicKey {
    const FOR_NODES: bool = true;
    const ACTION: &'static str = "ssm:UpdateManagedInstancePublicKey";
    type Wire = wire::UpdateManagedInstancePublicKeyRequest;
    type Output = wire::UpdateManagedInstancePublicKeyResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::UpdateManagedInstancePublicKeyRequest,
    ) -> Result<UpdateManagedInstancePublicKey, ParameterError> {
        let next = public_key(&wire.new_public_key.unwrap_or_default());
        Ok(UpdateManagedInstancePublicKey {
            next: next.ok_or(NodeError::InvalidPublicKey)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![of_the_node(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<UpdateManagedInstancePublicKey>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UpdateManagedInstancePublicKeyResult>, ParameterError> {
        let proven = proven(Self::ACTION, call)?;
        let (id, node) = view.existing_node(&proven.id, call)?;
        let output = wire::UpdateManagedInstancePublicKeyResult {};
        let known =
            *node.public_key == *request.next || node.next_public_key.as_deref() == Some(&request.next);
        let nodes = view.ssm.nodes(call.scope).ok_or(ParameterError::Internal)?;
        if !known && nodes.with_key(&request.next).is_some() {
            return Err(NodeError::KeyTaken.into());
        }
        let late = node.key_announced.is_some_and(|last| proven.signed <= last);
        if known || late {
            return Ok(Decision::read(output));
        }
        let new = Node {
            next_public_key: Some(PublicKeyBytes(request.into_inner().next.into())),
            key_announced: Some(proven.signed),
            ..node.settled(proven).unwrap_or_else(|| Node::clone(node))
        };
        let key = keys::node(call.scope, &id);
        let mut txn = Txn::new();
        // Nobody else has taken the key meanwhile.
        txn.prefix_unchanged_since(keys::nodes(call.scope), nodes.newest())
            .unchanged(key.clone(), Some(node.revision))
            .put(key, &new);
        Ok(Decision::write(txn, output))
    }
}
