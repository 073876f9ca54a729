//! `ssm:DeregisterManagedInstance`: end a managed node. Its key opens nothing from then on, and the
//! credentials that it has are void at once.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::nodes::{NodeError, NodeId};
use crate::records::keys;
use crate::{ParameterError, View, access, wire};

/// Which node.
#[derive(Clone, Debug)]
pub struct DeregisterManagedInstance {
    id: String,
}

impl Operation for DeregisterManagedInstance {
    const ACTION: &'static str = "ssm:DeregisterManagedInstance";
    type Wire = wire::DeregisterManagedInstanceRequest;
    type Output = wire::DeregisterManagedInstanceResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::DeregisterManagedInstanceRequest,
    ) -> Result<DeregisterManagedInstance, ParameterError> {
        Ok(DeregisterManagedInstance {
            id: wire.instance_id.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_node(Self::ACTION, &self.id, call, view)])
    }

    fn decide(
        request: Authorized<DeregisterManagedInstance>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeregisterManagedInstanceResult>, ParameterError> {
        let txn = deregistering(&request.id, call, view)?;
        Ok(Decision::write(txn, wire::DeregisterManagedInstanceResult {}))
    }
}

/// The transaction that ends a node and what it has told.
///
/// # Errors
///
/// `NoSuchNode`.
pub(crate) fn deregistering(id: &str, call: &Call<'_>, view: &View<'_>) -> Result<Txn, NodeError> {
    let (id, node) = view.existing_node(id, call)?;
    let key = keys::node(call.scope, &id);
    let mut txn = Txn::new();
    txn.unchanged(key.clone(), Some(node.revision)).delete(key);
    // Also what it may be telling just now.
    txn.delete_prefix(keys::inventories(call.scope, &id));
    Ok(txn)
}

impl<'v> View<'v> {
    /// A node of the caller's account and Region.
    ///
    /// # Errors
    ///
    /// `NoSuchNode`.
    pub(crate) fn existing_node(
        &self,
        id: &str,
        call: &Call<'_>,
    ) -> Result<(NodeId, &'v kagiban_iam::Stored<crate::records::Node>), NodeError> {
        let node = NodeId::parse(id).and_then(|id| Some((id.clone(), self.ssm.node(call.scope, &id)?)));
        node.ok_or_else(|| NodeError::NoSuchNode(id.to_owned()))
    }
}
