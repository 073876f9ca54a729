//! `iam:GetAccountPasswordPolicy`: see what is demanded of passwords, once somebody has said.

use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, password_policy, wire,
};

/// The policy of the caller's account.
#[derive(Clone, Debug)]
pub struct GetAccountPasswordPolicy;

impl Operation for GetAccountPasswordPolicy {
    const ACTION: &'static str = "iam:GetAccountPasswordPolicy";
    type Wire = wire::GetAccountPasswordPolicyRequest;
    type Output = wire::GetAccountPasswordPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(_wire: wire::GetAccountPasswordPolicyRequest) -> Result<GetAccountPasswordPolicy, IamError> {
        Ok(GetAccountPasswordPolicy)
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        Ok(vec![Requirement::on(Self::ACTION, "*", call.scope.account)])
    }

    fn decide(
        _request: Authorized<GetAccountPasswordPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetAccountPasswordPolicyResponse>, IamError> {
        let policy = password_policy::existing(view.account(call)?, call.scope.account)?;
        let password_policy = Some(policy.shown());
        Ok(Decision::read(wire::GetAccountPasswordPolicyResponse {
            password_policy,
        }))
    }
}
