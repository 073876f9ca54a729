//! `iam:DeleteUserPolicy`: delete a policy that is written into a user.

use crate::entity::Entity;
use crate::names::{ExistingUserName, PolicyName};
use crate::records::User;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, inline_policies, wire,
};

/// The policy, and whose it is.
#[derive(Clone, Debug)]
pub struct DeleteUserPolicy {
    user: ExistingUserName,
    name: PolicyName,
}

impl Operation for DeleteUserPolicy {
    const ACTION: &'static str = "iam:DeleteUserPolicy";
    type Wire = wire::DeleteUserPolicyRequest;
    type Output = wire::DeleteUserPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteUserPolicyRequest) -> Result<DeleteUserPolicy, IamError> {
        Ok(DeleteUserPolicy {
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
        request: Authorized<DeleteUserPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteUserPolicyResponse>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let txn = inline_policies::delete::<User>(account, id, &request.user, &request.name)?;
        Ok(Decision::write(txn, wire::DeleteUserPolicyResponse {}))
    }
}
