//! `ssm:GetResourcePolicies`: tell with whom a parameter is shared.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::records::ResourcePolicy;
use crate::sharing::{self, Shared};
use crate::{ParameterError, View, access, wire};

/// Whose policies to list.
#[derive(Clone, Debug)]
pub struct GetResourcePolicies {
    on: Shared,
}

impl Operation for GetResourcePolicies {
    const ACTION: &'static str = "ssm:GetResourcePolicies";
    type Wire = wire::GetResourcePoliciesRequest;
    type Output = wire::GetResourcePoliciesResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetResourcePoliciesRequest) -> Result<GetResourcePolicies, ParameterError> {
        // There is one policy at most, so no page has a successor and no token is ours.
        if wire.next_token.is_some() {
            return Err(ParameterError::InvalidResource);
        }
        Ok(GetResourcePolicies {
            on: Shared::parse(&wire.resource_arn.unwrap_or_default())?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let reference = self.on.reference();
        Ok(vec![access::on_reference(Self::ACTION, reference, call, view)])
    }

    fn decide(
        request: Authorized<GetResourcePolicies>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetResourcePoliciesResponse>, ParameterError> {
        request.on.find(call, view)?;
        let policy = view.ssm.resource_policy(call.scope, request.on.name());
        let print = |policy: &ResourcePolicy| wire::GetResourcePoliciesResponseEntry {
            policy_id: Some(policy.id.to_string()),
            policy_hash: Some(sharing::hash_of(policy.policy.text())),
            policy: Some(policy.policy.text().to_owned()),
        };
        let policies = policy.into_iter().map(|policy| print(policy)).collect();
        Ok(Decision::read(wire::GetResourcePoliciesResponse {
            next_token: None,
            policies: Some(policies),
        }))
    }
}
