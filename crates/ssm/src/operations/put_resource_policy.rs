//! `ssm:PutResourcePolicy`: share a parameter with other accounts.

use std::sync::Arc;

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_policy::Policy;
use kagiban_store::Txn;

use crate::records::{ResourcePolicy, keys};
use crate::sharing::{self, Shared};
use crate::{ParameterError, View, access, wire};

/// A new policy, or one in the place of another.
#[derive(Clone, Debug)]
pub struct PutResourcePolicy {
    on: Shared,
    policy: Arc<Policy>,
    /// Id and hash of the policy that is replaced.
    replaced: Option<(String, String)>,
}

impl Operation for PutResourcePolicy {
    const ACTION: &'static str = "ssm:PutResourcePolicy";
    type Wire = wire::PutResourcePolicyRequest;
    type Output = wire::PutResourcePolicyResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::PutResourcePolicyRequest) -> Result<PutResourcePolicy, ParameterError> {
        Ok(PutResourcePolicy {
            on: Shared::parse(&wire.resource_arn.unwrap_or_default())?,
            policy: Arc::new(sharing::parse(&wire.policy.unwrap_or_default())?),
            replaced: match (wire.policy_id, wire.policy_hash) {
                (None, None) => None,
                (id, hash) => Some((id.unwrap_or_default(), hash.unwrap_or_default())),
            },
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let reference = self.on.reference();
        Ok(vec![access::on_reference(Self::ACTION, reference, call, view)])
    }

    fn decide(
        request: Authorized<PutResourcePolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::PutResourcePolicyResponse>, ParameterError> {
        let parameter = request.on.find(call, view)?;
        let name = request.on.name();
        let before = view.ssm.resource_policy(call.scope, name);
        let id = match (&request.replaced, before) {
            (Some((id, hash)), _) => request.on.seen(id, hash, call, view)?.id.clone(),
            (None, Some(_)) => return Err(ParameterError::TooManyResourcePolicies),
            (None, None) => with.entropy.uuid().into(),
        };
        let output = wire::PutResourcePolicyResponse {
            policy_id: Some(id.to_string()),
            policy_hash: Some(sharing::hash_of(request.policy.text())),
        };
        let policy = ResourcePolicy {
            id,
            policy: Arc::clone(&request.policy),
            rest: Default::default(),
        };
        let key = keys::resource_policy(call.scope, name);
        let mut txn = Txn::new();
        txn.unchanged(keys::parameter(call.scope, name), Some(parameter.revision));
        txn.unchanged(key.clone(), before.map(|before| before.revision));
        txn.put(key, &policy);
        Ok(Decision::write(txn, output))
    }
}
