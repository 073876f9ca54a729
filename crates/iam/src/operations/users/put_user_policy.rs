//! `iam:PutUserPolicy`: write a policy into a user.

use crate::document::IdentityPolicy;
use crate::entity::Entity;
use crate::names::{ExistingUserName, PolicyName};
use crate::records::User;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, inline_policies, wire,
};

/// The policy, and whose it will be.
#[derive(Clone, Debug)]
pub struct PutUserPolicy {
    user: ExistingUserName,
    name: PolicyName,
    policy: IdentityPolicy,
}

impl Operation for PutUserPolicy {
    const ACTION: &'static str = "iam:PutUserPolicy";
    type Wire = wire::PutUserPolicyRequest;
    type Output = wire::PutUserPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::PutUserPolicyRequest) -> Result<PutUserPolicy, IamError> {
        Ok(PutUserPolicy {
            user: ExistingUserName::required(wire.user_name)?,
            name: PolicyName::required(wire.policy_name)?,
            policy: IdentityPolicy::parse(wire.policy_document.unwrap_or_default().as_str())?,
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
        request: Authorized<PutUserPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::PutUserPolicyResponse>, IamError> {
        let account = view.account(call)?;
        let PutUserPolicy { user, name, policy } = request.into_inner();
        let txn = inline_policies::put::<User>(account, call.scope.account, &user, &name, &policy)?;
        Ok(Decision::write(txn, wire::PutUserPolicyResponse {}))
    }
}
