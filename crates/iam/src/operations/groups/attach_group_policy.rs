//! `iam:AttachGroupPolicy`: attach a managed policy to a group.

use crate::managed_policy::PolicyArn;
use crate::names::GroupName;
use crate::records::Group;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, attachments, wire};

/// The policy to attach, and to which group.
#[derive(Clone, Debug)]
pub struct AttachGroupPolicy {
    group: GroupName,
    policy: PolicyArn,
}

impl Operation for AttachGroupPolicy {
    const ACTION: &'static str = "iam:AttachGroupPolicy";
    type Wire = wire::AttachGroupPolicyRequest;
    type Output = wire::AttachGroupPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::AttachGroupPolicyRequest) -> Result<AttachGroupPolicy, IamError> {
        Ok(AttachGroupPolicy {
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
        request: Authorized<AttachGroupPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::AttachGroupPolicyResponse>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let txn = attachments::attach::<Group>(account, id, &request.group, &request.policy)?;
        Ok(Decision::write(txn, wire::AttachGroupPolicyResponse {}))
    }
}
