//! `iam:GetPolicy`: look at a managed policy.

use crate::managed_policy::PolicyArn;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The policy to show.
#[derive(Clone, Debug)]
pub struct GetPolicy {
    policy: PolicyArn,
}

impl Operation for GetPolicy {
    const ACTION: &'static str = "iam:GetPolicy";
    type Wire = wire::GetPolicyRequest;
    type Output = wire::GetPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetPolicyRequest) -> Result<GetPolicy, IamError> {
        let policy = PolicyArn::required(wire.policy_arn)?;
        Ok(GetPolicy { policy })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![self.policy.target(Self::ACTION, account, call)])
    }

    fn decide(
        request: Authorized<GetPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetPolicyResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let policy = request.policy.existing(account, id)?.shown(account, id);
        let policy = Some(policy);
        Ok(Decision::read(wire::GetPolicyResponse { policy }))
    }
}
