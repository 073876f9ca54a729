//! `kms:GetKeyPolicy`: a key's policy, as it was written.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With, principals};

use crate::{KeyRef, KmsError, View, wire};

/// Whose policy.
#[derive(Clone, Debug)]
pub struct GetKeyPolicy {
    key: KeyRef,
    name: String,
}

impl Operation for GetKeyPolicy {
    const ACTION: &'static str = "kms:GetKeyPolicy";
    type Wire = wire::GetKeyPolicyRequest;
    type Output = wire::GetKeyPolicyResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetKeyPolicyRequest) -> Result<GetKeyPolicy, KmsError> {
        let name = wire.policy_name.unwrap_or_else(|| "default".to_owned());
        Ok(GetKeyPolicy {
            key: KeyRef::of_key(wire.key_id)?,
            name,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![view.own(&self.key, call)?.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<GetKeyPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetKeyPolicyResponse>, KmsError> {
        if request.name != "default" {
            return Err(KmsError::NoSuchPolicy);
        }
        let found = view.own(&request.key, call)?;
        Ok(Decision::read(wire::GetKeyPolicyResponse {
            policy: Some(principals::shown(&found.key.policy, view.iam)),
            policy_name: Some(request.name.clone()),
        }))
    }
}
