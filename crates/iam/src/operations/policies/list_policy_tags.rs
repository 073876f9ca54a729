//! `iam:ListPolicyTags`: the tags of a managed policy, by key.

use crate::managed_policy::{Managed, PolicyArn};
use crate::page::Page;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// Which policy's tags to show.
#[derive(Clone, Debug)]
pub struct ListPolicyTags {
    policy: PolicyArn,
    page: Page,
}

impl Operation for ListPolicyTags {
    const ACTION: &'static str = "iam:ListPolicyTags";
    type Wire = wire::ListPolicyTagsRequest;
    type Output = wire::ListPolicyTagsResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListPolicyTagsRequest) -> Result<ListPolicyTags, IamError> {
        Ok(ListPolicyTags {
            policy: PolicyArn::required(wire.policy_arn)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![self.policy.target(Self::ACTION, account, call)])
    }

    fn decide(
        request: Authorized<ListPolicyTags>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListPolicyTagsResponse>, IamError> {
        let account = view.account(call)?;
        let policy = request.policy.existing(account, call.scope.account)?;
        let tags = match policy {
            Managed::Ours(policy) => policy.tags.as_slice(),
            Managed::Aws(_) => &[],
        };
        let slice = tags::page(tags, &request.page);
        Ok(Decision::read(wire::ListPolicyTagsResponse {
            tags: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
