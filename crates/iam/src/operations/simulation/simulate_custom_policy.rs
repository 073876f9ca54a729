//! `iam:SimulateCustomPolicy`: what policies that are given as text would decide.

use kagiban_aws::Arn;

use crate::simulation::{Asked, Scenario, Simulated, simulate};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The policies and what to try.
#[derive(Clone, Debug)]
pub struct SimulateCustomPolicy {
    scenario: Scenario,
}

impl Operation for SimulateCustomPolicy {
    const ACTION: &'static str = "iam:SimulateCustomPolicy";
    type Wire = wire::SimulateCustomPolicyRequest;
    type Output = wire::SimulateCustomPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::SimulateCustomPolicyRequest) -> Result<SimulateCustomPolicy, IamError> {
        if wire.resource_policy.is_some() && wire.caller_arn.is_none() {
            // UNSURE: AWS's sentence.
            let sentence = "CallerArn is required when a ResourcePolicy is provided.";
            return Err(IamError::InvalidSimulation(sentence.to_owned()));
        }
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
        Ok(SimulateCustomPolicy {
            scenario: asked.parse()?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, Arn::ANY, call.scope.account)])
    }

    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        true
    }

    fn decide(
        request: Authorized<SimulateCustomPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::SimulateCustomPolicyResponse>, IamError> {
        let (scenario, account) = (&request.scenario, call.scope.account);
        let answer = simulate(scenario, None, &Simulated::default(), account, view.iam);
        Ok(Decision::read(wire::SimulateCustomPolicyResponse(answer)))
    }
}
