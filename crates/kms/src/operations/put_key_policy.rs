//! `kms:PutKeyPolicy`: replace a key's policy, unless that would lock its writer out.

use kagiban_iam::document::KeyPolicy;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::{KeyRef, KmsError, View, policy, wire};

/// The new policy.
#[derive(Clone, Debug)]
pub struct PutKeyPolicy {
    key: KeyRef,
    name: String,
    policy: KeyPolicy,
    bypass: bool,
}

impl Operation for PutKeyPolicy {
    const ACTION: &'static str = "kms:PutKeyPolicy";
    type Wire = wire::PutKeyPolicyRequest;
    type Output = wire::PutKeyPolicyResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::PutKeyPolicyRequest) -> Result<PutKeyPolicy, KmsError> {
        Ok(PutKeyPolicy {
            key: KeyRef::of_key(wire.key_id)?,
            name: wire.policy_name.unwrap_or_else(|| "default".to_owned()),
            policy: policy::parse(wire.policy.as_deref().unwrap_or_default())?,
            bypass: wire.bypass_policy_lockout_safety_check.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = view.own(&self.key, call)?.requirement(Self::ACTION, call);
        Ok(vec![
            requirement.when("kms:bypasspolicylockoutsafetycheck", self.bypass),
        ])
    }

    fn decide(
        request: Authorized<PutKeyPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::PutKeyPolicyResponse>, KmsError> {
        if request.name != "default" {
            return Err(KmsError::NoSuchPolicy);
        }
        let found = view.own(&request.key, call)?;
        let policy = policy::accept(&request.policy, &found.key.id, request.bypass, call, view)?;
        let txn = found.change("kms:PutKeyPolicy", |key| key.policy = policy)?;
        Ok(Decision::write(txn, wire::PutKeyPolicyResponse {}))
    }
}
