//! `iam:AttachUserPolicy`: attach a managed policy to a user.

use crate::managed_policy::PolicyArn;
use crate::names::ExistingUserName;
use crate::records::User;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, attachments, wire};

/// The policy to attach, and to whom.
#[derive(Clone, Debug)]
pub struct AttachUserPolicy {
    user: ExistingUserName,
    policy: PolicyArn,
}

impl Operation for AttachUserPolicy {
    const ACTION: &'static str = "iam:AttachUserPolicy";
    type Wire = wire::AttachUserPolicyRequest;
    type Output = wire::AttachUserPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::AttachUserPolicyRequest) -> Result<AttachUserPolicy, IamError> {
        Ok(AttachUserPolicy {
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
        request: Authorized<AttachUserPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::AttachUserPolicyResponse>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let txn = attachments::attach::<User>(account, id, &request.user, &request.policy)?;
        Ok(Decision::write(txn, wire::AttachUserPolicyResponse {}))
    }
}
