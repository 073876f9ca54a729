//! `iam:UntagPolicy`: take tags from a managed policy.

use kagiban_store::Txn;

use crate::managed_policy::{PolicyArn, rewrite};
use crate::records::ManagedPolicy;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The keys of the tags, and which policy's they are.
#[derive(Clone, Debug)]
pub struct UntagPolicy {
    policy: PolicyArn,
    keys: Vec<String>,
}

impl Operation for UntagPolicy {
    const ACTION: &'static str = "iam:UntagPolicy";
    type Wire = wire::UntagPolicyRequest;
    type Output = wire::UntagPolicyResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UntagPolicyRequest) -> Result<UntagPolicy, IamError> {
        Ok(UntagPolicy {
            policy: PolicyArn::required(wire.policy_arn)?,
            keys: tags::parse_keys(wire.tag_keys)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let target = self.policy.target(Self::ACTION, view.account(call)?, call);
        Ok(vec![tags::unrequested(target, &self.keys)])
    }

    fn decide(
        request: Authorized<UntagPolicy>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UntagPolicyResponse>, IamError> {
        let id = call.scope.account;
        let policy = request.policy.ours(view.account(call)?, id)?;
        let new = ManagedPolicy {
            tags: tags::remove(&policy.tags, &request.keys),
            ..ManagedPolicy::clone(policy)
        };
        let mut txn = Txn::new();
        rewrite(&mut txn, id, policy, &new);
        Ok(Decision::write(txn, wire::UntagPolicyResponse {}))
    }
}
