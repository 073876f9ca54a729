//! `iam:TagPolicy`: give a managed policy tags, or other values to those it has.

use kagiban_store::Txn;

use crate::managed_policy::{PolicyArn, rewrite};
use crate::records::{ManagedPolicy, Tag};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The tags, and which policy's they will be.
#[derive(Clone, Debug)]
pub struct TagPolicy {
    policy: PolicyArn,
    tags: Vec<Tag>,
}

impl Operation for TagPolicy {
    const ACTION: &'static str = "iam:TagPolicy";
    type Wire = wire::TagPolicyRequest;
    type Output = wire::TagPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::TagPolicyRequest) -> Result<TagPolicy, IamError> {
        Ok(TagPolicy {
            policy: PolicyArn::required(wire.policy_arn)?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let target = self.policy.target(Self::ACTION, view.account(call)?, call);
        Ok(vec![tags::requested(target, &self.tags)])
    }

    fn decide(
        request: Authorized<TagPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::TagPolicyResponse>, IamError> {
        let id = call.scope.account;
        let policy = request.policy.ours(view.account(call)?, id)?;
        let new = ManagedPolicy {
            tags: tags::merge(&policy.tags, &request.tags)?,
            ..ManagedPolicy::clone(policy)
        };
        let mut txn = Txn::new();
        rewrite(&mut txn, id, policy, &new);
        Ok(Decision::write(txn, wire::TagPolicyResponse {}))
    }
}
