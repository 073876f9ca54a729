//! `iam:DetachUserPolicy`: take a managed policy from a user.

use crate::managed_policy::PolicyArn;
use crate::names::ExistingUserName;
use crate::records::User;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, attachments, wire};

/// The policy to detach, and from whom.
#[derive(Clone, Debug)]
pub struct DetachUserPolicy {
    user: ExistingUserName,
    policy: PolicyArn,
}

impl Operation for DetachUserPolicy {
    const ACTION: &'static str = "iam:DetachUserPolicy";
    type Wire = wire::DetachUserPolicyRequest;
    type Output = wire::DetachUserPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DetachUserPolicyRequest) -> Result<DetachUserPolicy, IamError> {
        Ok(DetachUserPolicy {
            user: ExistingUserName::required(wire.user_name)?,
            policy: PolicyArn::required(wire.policy_arn)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let target = attachments::target::<User>(Self::ACTION, account, id, &self.user, &self.policy);
        Ok(vec![target])
    }

    fn decide(
        request: Authorized<DetachUserPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DetachUserPolicyResponse>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let txn = attachments::detach::<User>(account, id, &request.user, &request.policy)?;
        Ok(Decision::write(txn, wire::DetachUserPolicyResponse {}))
    }
}
