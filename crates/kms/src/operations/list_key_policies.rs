//! `kms:ListKeyPolicies`: the names of a key's policies: always the one.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::{KeyRef, KmsError, View, wire};

/// Which key.
#[derive(Clone, Debug)]
pub struct ListKeyPolicies {
    key: KeyRef,
}

impl Operation for ListKeyPolicies {
    const ACTION: &'static str = "kms:ListKeyPolicies";
    type Wire = wire::ListKeyPoliciesRequest;
    type Output = wire::ListKeyPoliciesResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListKeyPoliciesRequest) -> Result<ListKeyPolicies, KmsError> {
        Ok(ListKeyPolicies {
            key: KeyRef::of_key(wire.key_id)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![view.own(&self.key, call)?.requirement(Self::ACTION, call)])
    }

    fn decide(
        _request: Authorized<ListKeyPolicies>,
        _call: &Call<'_>,
        _view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListKeyPoliciesResponse>, KmsError> {
        Ok(Decision::read(wire::ListKeyPoliciesResponse {
            policy_names: Some(vec!["default".to_owned()]),
            truncated: Some(false),
            next_marker: None,
        }))
    }
}
