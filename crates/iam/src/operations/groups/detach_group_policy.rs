//! `iam:DetachGroupPolicy`: take a managed policy from a group.

use crate::managed_policy::PolicyArn;
use crate::names::GroupName;
use crate::records::Group;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, attachments, wire};

/// The policy to detach, and from which group.
#[derive(Clone, Debug)]
pub struct DetachGroupPolicy {
    group: GroupName,
    policy: PolicyArn,
}

impl Operation for DetachGroupPolicy {
    const ACTION: &'static str = "iam:DetachGroupPolicy";
    type Wire = wire::DetachGroupPolicyRequest;
    type Output = wire::DetachGroupPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DetachGroupPolicyRequest) -> Result<DetachGroupPolicy, IamError> {
        Ok(DetachGroupPolicy {
            group: GroupName::required(wire.group_name)?,
            policy: PolicyArn::required(wire.policy_arn)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let target = attachments::target::<Group>(Self::ACTION, account, id, &self.group, &self.policy);
        Ok(vec![target])
    }

    fn decide(
        request: Authorized<DetachGroupPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DetachGroupPolicyResponse>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let txn = attachments::detach::<Group>(account, id, &request.group, &request.policy)?;
        Ok(Decision::write(txn, wire::DetachGroupPolicyResponse {}))
    }
}
