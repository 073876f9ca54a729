//! `ssm:RequestManagedInstanceRoleToken`: credentials of a node's role, for the node's own key.
//!
//! They end with the node: as soon as it is deregistered they are not known any more.

use kagiban_iam::{
    Authorized, Call, Decision, Identity, Operation, ProvenNode, Requirement, ServiceCall, With,
};
use kagiban_store::Txn;

use super::wire;
use crate::nodes::NodeError;
use crate::records::{Node, keys};
use crate::{ParameterError, View, access};

/// Which machine asks.
#[derive(Clone, Debug)]
pub struct RequestManagedInstanceRoleToken {
    fingerprint: String,
}

/// How long the credentials live, in seconds; the agent asks for new ones at half of it.
const LIFETIME: u32 = 3600;

impl Operation for RequestManagedInstanceRoleToken {
    const FOR_NODES: bool = true;
    const ACTION: &'static str = "ssm:RequestManagedInstanceRoleToken";
    type Wire = wire::RequestManagedInstanceRoleTokenRequest;
    type Output = wire::RequestManagedInstanceRoleTokenResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::RequestManagedInstanceRoleTokenRequest,
    ) -> Result<RequestManagedInstanceRoleToken, ParameterError> {
        Ok(RequestManagedInstanceRoleToken {
            fingerprint: wire.fingerprint.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![of_the_node(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<RequestManagedInstanceRoleToken>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::RequestManagedInstanceRoleTokenResult>, ParameterError> {
        let proven = proven(Self::ACTION, call)?;
        let (id, node) = view.existing_node(&proven.id, call)?;
        if *node.fingerprint != *request.fingerprint {
            return Err(NodeError::FingerprintMismatch.into());
        }
        let role = view.role(call.scope, &node.rights, Some(&id), with.now)?;
        let source = id.arn(call.scope);
        let service = ServiceCall {
            service: node.rights.service(),
            account: call.scope.account,
            source: &source,
            now: with.now,
        };
        let (credentials, claims) =
            service.credentials(role, id.as_str(), LIFETIME, view.sessions, with.entropy);
        let output = wire::RequestManagedInstanceRoleTokenResult {
            access_key_id: Some(credentials.access_key_id.to_string()),
            secret_access_key: Some(credentials.secret),
            session_token: Some(credentials.token),
            token_expiration_date: Some(claims.expires),
            update_key_pair: Some(false),
        };
        let mut txn = Txn::new();
        if let Some(settled) = node.settled(proven) {
            let key = keys::node(call.scope, &id);
            txn.unchanged(key.clone(), Some(node.revision)).put(key, &settled);
        }
        Ok(Decision::write(txn, output))
    }
}

/// What whoever asks must be allowed: a node that has proven its own key, nothing; everybody else, the
/// action, which does not help them.
pub(super) fn of_the_node(action: &'static str, call: &Call<'_>) -> Requirement {
    match &call.caller.identity {
        Identity::Node(_) => Requirement::on(action, call.caller.arn.as_str(), call.scope.account).exempt(),
        _ => access::on_all(action, call),
    }
}

/// The node that has signed with its own key.
///
/// # Errors
///
/// `NotTheNode` for callers with credentials.
pub(super) fn proven<'c>(action: &'static str, call: &Call<'c>) -> Result<&'c ProvenNode, NodeError> {
    match &call.caller.identity {
        Identity::Node(proven) => Ok(proven),
        _ => Err(NodeError::NotTheNode(action)),
    }
}

impl Node {
    /// The same once the node has signed with the key that it had announced: the older one is void. None if
    /// it has not.
    pub(super) fn settled(&self, proven: &ProvenNode) -> Option<Node> {
        let next = self.next_public_key.as_ref().filter(|_| proven.with_next_key)?;
        Some(Node {
            public_key: next.0.clone(),
            next_public_key: None,
            ..self.clone()
        })
    }
}
