//! Whether a caller is a node.

use kagiban_iam::Call;
use kagiban_ssm::View;
use kagiban_ssm::nodes::NodeId;

/// The node that a caller is, if it is one that is registered here.
///
/// A session of the node's role that bears the node's name is not enough: others may assume that role, and
/// choose the name. It is the node if its credentials were given to it for its own key.
pub(super) fn node(call: &Call<'_>, view: &View<'_>) -> Option<NodeId> {
    let arn = call.caller.source_instance()?;
    let id = NodeId::parse(arn.as_str().rsplit('/').next()?)?;
    let is_here = *arn == id.arn(call.scope) && view.ssm.node(call.scope, &id).is_some();
    is_here.then_some(id)
}
