//! Whether a caller is a node.

use kagiban_iam::sts::Bearer;
use kagiban_iam::{Call, Identity};
use kagiban_ssm::View;
use kagiban_ssm::nodes::NodeId;
use kagiban_ssm::records::Rights;

/// The node that a caller is, if it is one that is registered here.
///
/// That is a session of the node's own role that bears the node's name.
pub(super) fn node(call: &Call<'_>, view: &View<'_>) -> Option<NodeId> {
    let claims = call.caller.claims()?;
    let Bearer::Role { session_name, .. } = &claims.bearer else {
        return None;
    };
    let id = NodeId::parse(session_name)?;
    let node = view.ssm.node(call.scope, &id)?;
    let Identity::Role(role) = &call.caller.identity else {
        return None;
    };
    let account = view.iam.account(call.scope.account)?;
    let its_role = match &node.rights {
        Rights::Role(name) => name.rsplit('/').next(),
        Rights::InstanceProfile(name) => account.instance_profile(name)?.role.as_deref(),
    };
    (its_role == Some(&*role.name)).then_some(id)
}
