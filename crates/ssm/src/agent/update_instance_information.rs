//! `ssm:UpdateInstanceInformation`: a node's heartbeat, and what it says of itself.
//!
//! That it is alive is noted in memory; only what is new is written.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use super::wire;
use crate::nodes::NodeError;
use crate::nodes::information::harmless;
use crate::records::{Node, Reported, keys};
use crate::{ParameterError, View, access};

/// Which node, and what it says.
#[derive(Clone, Debug)]
pub struct UpdateInstanceInformation {
    id: String,
    said: Reported,
}

impl Operation for UpdateInstanceInformation {
    const ACTION: &'static str = "ssm:UpdateInstanceInformation";
    type Wire = wire::UpdateInstanceInformationRequest;
    type Output = wire::UpdateInstanceInformationResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::UpdateInstanceInformationRequest,
    ) -> Result<UpdateInstanceInformation, ParameterError> {
        Ok(UpdateInstanceInformation {
            id: wire.instance_id.unwrap_or_default(),
            said: Reported {
                agent_name: harmless(wire.agent_name),
                agent_version: harmless(wire.agent_version),
                platform_type: harmless(wire.platform_type),
                platform_name: harmless(wire.platform_name),
                platform_version: harmless(wire.platform_version),
                computer_name: harmless(wire.computer_name),
                ip_address: harmless(wire.ip_address),
            },
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_node(Self::ACTION, &self.id, call, view)])
    }

    fn decide(
        request: Authorized<UpdateInstanceInformation>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::UpdateInstanceInformationResult>, ParameterError> {
        let (id, node) = view.existing_node(&request.id, call)?;
        // DIFFERS: AWS takes a heartbeat from everybody whose policies allow it; nobody but the node knows
        // whether it is alive.
        if call.caller.source_instance() != Some(&id.arn(call.scope)) {
            return Err(NodeError::NotTheNode(Self::ACTION).into());
        }
        view.presence.heard(&id, with.now);
        let said = match node.reported.as_deref() {
            Some(before) => before.updated(request.into_inner().said),
            None => request.into_inner().said,
        };
        let output = wire::UpdateInstanceInformationResult {};
        if node.reported.as_deref() == Some(&said) {
            return Ok(Decision::read(output));
        }
        let new = Node {
            reported: Some(Box::new(said)),
            last_ping: Some(with.now),
            ..Node::clone(node)
        };
        let key = keys::node(call.scope, &id);
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(node.revision)).put(key, &new);
        Ok(Decision::write(txn, output))
    }
}
