//! `iam:PutGroupPolicy`: write a policy into a group.

use crate::document::IdentityPolicy;
use crate::entity::Entity;
use crate::names::{GroupName, PolicyName};
use crate::records::Group;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, inline_policies, wire,
};

/// The policy, and the group to write it into.
#[derive(Clone, Debug)]
pub struct PutGroupPolicy {
    group: GroupName,
    name: PolicyName,
    policy: IdentityPolicy,
}

impl Operation for PutGroupPolicy {
    const ACTION: &'static str = "iam:PutGroupPolicy";
    type Wire = wire::PutGroupPolicyRequest;
    type Output = wire::PutGroupPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::PutGroupPolicyRequest) -> Result<PutGroupPolicy, IamError> {
        Ok(PutGroupPolicy {
            group: GroupName::required(wire.group_name)?,
            name: PolicyName::required(wire.policy_name)?,
            policy: IdentityPolicy::parse(wire.policy_document.unwrap_or_default().as_str())?,
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
        request: Authorized<PutGroupPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::PutGroupPolicyResponse>, IamError> {
        let account = view.account(call)?;
        let PutGroupPolicy { group, name, policy } = request.into_inner();
        let txn = inline_policies::put::<Group>(account, call.scope.account, &group, &name, &policy)?;
        Ok(Decision::write(txn, wire::PutGroupPolicyResponse {}))
    }
}
