//! `iam:GetGroupPolicy`: read a policy that is written into a group.

use crate::entity::Entity;
use crate::names::{GroupName, PolicyName};
use crate::records::Group;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, inline_policies, wire,
};

/// The policy, and the group it is written into.
#[derive(Clone, Debug)]
pub struct GetGroupPolicy {
    group: GroupName,
    name: PolicyName,
}

impl Operation for GetGroupPolicy {
    const ACTION: &'static str = "iam:GetGroupPolicy";
    type Wire = wire::GetGroupPolicyRequest;
    type Output = wire::GetGroupPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetGroupPolicyRequest) -> Result<GetGroupPolicy, IamError> {
        Ok(GetGroupPolicy {
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
        request: Authorized<GetGroupPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetGroupPolicyResponse>, IamError> {
        let account = view.account(call)?;
        let (group_name, document) = inline_policies::get::<Group>(account, &request.group, &request.name)?;
        Ok(Decision::read(wire::GetGroupPolicyResponse {
            group_name: Some(group_name),
            policy_name: Some(request.name.to_string()),
            policy_document: Some(document),
        }))
    }
}
