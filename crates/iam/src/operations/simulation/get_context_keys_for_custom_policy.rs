//! `iam:GetContextKeysForCustomPolicy`: which condition keys these policies ask for.

use kagiban_aws::Arn;
use kagiban_policy::Policy;

use crate::simulation::{context_keys, documents};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The policies.
#[derive(Clone, Debug)]
pub struct GetContextKeysForCustomPolicy {
    policies: Vec<Policy>,
}

impl Operation for GetContextKeysForCustomPolicy {
    const ACTION: &'static str = "iam:GetContextKeysForCustomPolicy";
    type Wire = wire::GetContextKeysForCustomPolicyRequest;
    type Output = wire::GetContextKeysForCustomPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetContextKeysForCustomPolicyRequest) -> Result<Self, IamError> {
        Ok(GetContextKeysForCustomPolicy {
            policies: documents(wire.policy_input_list)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, Arn::ANY, call.scope.account)])
    }

    fn decide(
        request: Authorized<GetContextKeysForCustomPolicy>,
        _call: &Call<'_>,
        _view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetContextKeysForCustomPolicyResponse>, IamError> {
        let keys = context_keys(request.policies.iter());
        Ok(Decision::read(wire::GetContextKeysForCustomPolicyResponse(keys)))
    }
}
