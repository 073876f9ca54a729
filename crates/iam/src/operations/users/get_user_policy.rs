//! `iam:GetUserPolicy`: read a policy that is written into a user.

use crate::entity::Entity;
use crate::names::{ExistingUserName, PolicyName};
use crate::records::User;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, inline_policies, wire,
};

/// The policy, and whose it is.
#[derive(Clone, Debug)]
pub struct GetUserPolicy {
    user: ExistingUserName,
    name: PolicyName,
}

impl Operation for GetUserPolicy {
    const ACTION: &'static str = "iam:GetUserPolicy";
    type Wire = wire::GetUserPolicyRequest;
    type Output = wire::GetUserPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetUserPolicyRequest) -> Result<GetUserPolicy, IamError> {
        Ok(GetUserPolicy {
            user: ExistingUserName::required(wire.user_name)?,
            name: PolicyName::required(wire.policy_name)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![User::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.user,
        )])
    }

    fn decide(
        request: Authorized<GetUserPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetUserPolicyResponse>, IamError> {
        let account = view.account(call)?;
        let (user_name, document) = inline_policies::get::<User>(account, &request.user, &request.name)?;
        Ok(Decision::read(wire::GetUserPolicyResponse {
            user_name: Some(user_name),
            policy_name: Some(request.name.to_string()),
            policy_document: Some(document),
        }))
    }
}
