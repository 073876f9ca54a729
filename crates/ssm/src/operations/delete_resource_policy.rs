//! `ssm:DeleteResourcePolicy`: share a parameter no longer.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::records::keys;
use crate::sharing::Shared;
use crate::{ParameterError, View, access, wire};

/// Which policy to take off what.
#[derive(Clone, Debug)]
pub struct DeleteResourcePolicy {
    on: Shared,
    id: String,
    hash: String,
}

impl Operation for DeleteResourcePolicy {
    const ACTION: &'static str = "ssm:DeleteResourcePolicy";
    type Wire = wire::DeleteResourcePolicyRequest;
    type Output = wire::DeleteResourcePolicyResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteResourcePolicyRequest) -> Result<DeleteResourcePolicy, ParameterError> {
        Ok(DeleteResourcePolicy {
            on: Shared::parse(&wire.resource_arn.unwrap_or_default())?,
            id: wire.policy_id.unwrap_or_default(),
            hash: wire.policy_hash.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let reference = self.on.reference();
        Ok(vec![access::on_reference(Self::ACTION, reference, call, view)])
    }

    fn decide(
        request: Authorized<DeleteResourcePolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteResourcePolicyResponse>, ParameterError> {
        request.on.find(call, view)?;
        let policy = request.on.seen(&request.id, &request.hash, call, view)?;
        let key = keys::resource_policy(call.scope, request.on.name());
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(policy.revision)).delete(key);
        Ok(Decision::write(txn, wire::DeleteResourcePolicyResponse {}))
    }
}
