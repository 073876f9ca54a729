//! `iam:DeleteGroupPolicy`: delete a policy that is written into a group.

use crate::entity::Entity;
use crate::names::{GroupName, PolicyName};
use crate::records::Group;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, inline_policies, wire,
};

/// The policy, and the group it is written into.
#[derive(Clone, Debug)]
pub struct DeleteGroupPolicy {
    group: GroupName,
    name: PolicyName,
}

impl Operation for DeleteGroupPolicy {
    const ACTION: &'static str = "iam:DeleteGroupPolicy";
    type Wire = wire::DeleteGroupPolicyRequest;
    type Output = wire::DeleteGroupPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteGroupPolicyRequest) -> Result<DeleteGroupPolicy, IamError> {
        Ok(DeleteGroupPolicy {
            group: GroupName::required(wire.group_name)?,
            name: PolicyName::required(wire.policy_name)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![Group::target(
            Self::ACTION,
            account,
            call.scope.account,
            &self.group,
        )])
    }

    fn decide(
        request: Authorized<DeleteGroupPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteGroupPolicyResponse>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        let txn = inline_policies::delete::<Group>(account, id, &request.group, &request.name)?;
        Ok(Decision::write(txn, wire::DeleteGroupPolicyResponse {}))
    }
}
