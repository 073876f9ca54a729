//! `iam:SimulatePrincipalPolicy`: what a user's, group's or role's policies would decide.

use crate::simulation::{Asked, Exclusions, Scenario, SourceArn, simulate};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whose policies and what to try.
#[derive(Clone, Debug)]
pub struct SimulatePrincipalPolicy {
    source: SourceArn,
    exclusions: Exclusions,
    scenario: Scenario,
}

impl Operation for SimulatePrincipalPolicy {
    const ACTION: &'static str = "iam:SimulatePrincipalPolicy";
    type Wire = wire::SimulatePrincipalPolicyRequest;
    type Output = wire::SimulatePrincipalPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::SimulatePrincipalPolicyRequest) -> Result<SimulatePrincipalPolicy, IamError> {
        let asked = Asked {
            policies: wire.policy_input_list,
            boundaries: wire.permissions_boundary_policy_input_list,
            actions: wire.action_names,
            resources: wire.resource_arns,
            resource_policy: wire.resource_policy,
            resource_owner: wire.resource_owner,
            caller: wire.caller_arn,
            entries: wire.context_entries,
            handling: wire.resource_handling_option,
            max_items: wire.max_items,
            marker: wire.marker,
        };
        Ok(SimulatePrincipalPolicy {
            source: SourceArn::parse(&wire.policy_source_arn.unwrap_or_default())?,
            exclusions: Exclusions::parse(wire.policy_exclusion_list)?,
            scenario: asked.parse()?,
        })
    }

    fn requirements(&self, _call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![self.source.target(Self::ACTION, view.iam)])
    }

    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        true
    }

    fn decide(
        request: Authorized<SimulatePrincipalPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::SimulatePrincipalPolicyResponse>, IamError> {
        let SimulatePrincipalPolicy {
            source,
            exclusions,
            scenario,
        } = request.into_inner();
        let held = source.policies(view.account(call)?, &exclusions)?;
        let answer = simulate(&scenario, Some(&source), &held, call.scope.account, view.iam);
        Ok(Decision::read(wire::SimulatePrincipalPolicyResponse(answer)))
    }
}
