//! Managed nodes as callers: those that sign with their own key, and those that sign with the
//! credentials that they got for it.

use kagiban_aws::Timestamp;
use kagiban_aws::sigv4::{Headers, HttpRequest, Presented, SignatureError};
use kagiban_iam::authenticate::Candidate;
use kagiban_iam::{Caller, ProvenNode};
use kagiban_ssm::nodes::NodeId;

use super::proof::Proven;
use super::world::Snapshot;

/// Proves that a node has signed with its own key: the one that it registered, or the one that it has
/// announced since.
///
/// # Errors
///
/// `UnknownNode` for ids that are not registered, or not in the Region that was signed for; the ids are
/// no secret, so that may be told.
pub(super) fn prove<H: Headers + ?Sized>(
    presented: &Presented<'_>,
    signed: &HttpRequest<'_, H>,
    id: &str,
    service: &'static str,
    snapshot: Snapshot<'_>,
    now: Timestamp,
) -> Result<Proven, SignatureError> {
    let region = presented.scope().region;
    let known = NodeId::parse(id).and_then(|id| {
        let (scope, node) = snapshot.world.ssm.node_anywhere(&id)?;
        (scope.region == region).then_some((id, scope, node))
    });
    let Some((id, scope, node)) = known else {
        let id = id.chars().take(64).collect::<String>().into();
        return Err(SignatureError::UnknownNode { id });
    };
    let verify = |key: &[u8]| presented.verify_node(signed, key, service, now);
    let next = node.next_public_key.as_deref();
    let with_next_key = next.is_some_and(|key| verify(key).is_ok());
    if !with_next_key {
        verify(&node.public_key)?;
    }
    let proven = ProvenNode {
        id: id.as_str().into(),
        signed: presented.signed_at(),
        with_next_key,
    };
    Ok(Proven {
        caller: Caller::of_node(proven, scope.account, id.arn(scope)),
        region,
    })
}

/// Credentials that a node got for its key end with the node: as those of a deleted role's sessions,
/// they are no longer known.
pub(super) fn alive(candidate: Candidate, snapshot: Snapshot<'_>) -> Result<Candidate, SignatureError> {
    let Some(arn) = candidate.caller.source_instance() else {
        return Ok(candidate);
    };
    let id = arn.resource().rsplit('/').next().and_then(NodeId::parse);
    let registered = id.is_some_and(|id| {
        let found = snapshot.world.ssm.node_anywhere(&id);
        found.is_some_and(|(scope, _)| id.arn(scope) == *arn)
    });
    match registered {
        true => Ok(candidate),
        false => Err(SignatureError::InvalidToken),
    }
}
