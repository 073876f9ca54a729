//! `iam:GetContextKeysForPrincipalPolicy`: which condition keys a user's, group's or role's policies ask for.

use kagiban_policy::Policy;

use crate::simulation::{Exclusions, SourceArn, context_keys, documents};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whose policies, and some more.
#[derive(Clone, Debug)]
pub struct GetContextKeysForPrincipalPolicy {
    source: SourceArn,
    policies: Vec<Policy>,
}

impl Operation for GetContextKeysForPrincipalPolicy {
    const ACTION: &'static str = "iam:GetContextKeysForPrincipalPolicy";
    type Wire = wire::GetContextKeysForPrincipalPolicyRequest;
    type Output = wire::GetContextKeysForPrincipalPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetContextKeysForPrincipalPolicyRequest) -> Result<Self, IamError> {
        Ok(GetContextKeysForPrincipalPolicy {
            source: SourceArn::parse(&wire.policy_source_arn.unwrap_or_default())?,
            policies: documents(wire.policy_input_list)?,
        })
    }

    fn requirements(&self, _call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![self.source.target(Self::ACTION, view.iam)])
    }

    fn decide(
        request: Authorized<GetContextKeysForPrincipalPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetContextKeysForPrincipalPolicyResponse>, IamError> {
        let account = view.account(call)?;
        let held = request.source.policies(account, &Exclusions::default())?;
        let keys = context_keys(held.documents().chain(&request.policies));
        Ok(Decision::read(wire::GetContextKeysForPrincipalPolicyResponse(
            keys,
        )))
    }
}
