//! `iam:ListPolicyVersions`: the versions of a managed policy, newest first.

use crate::managed_policy::{Managed, PolicyArn};
use crate::page::Page;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Whose versions to show.
#[derive(Clone, Debug)]
pub struct ListPolicyVersions {
    policy: PolicyArn,
    page: Page,
}

impl Operation for ListPolicyVersions {
    const ACTION: &'static str = "iam:ListPolicyVersions";
    type Wire = wire::ListPolicyVersionsRequest;
    type Output = wire::ListPolicyVersionsResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListPolicyVersionsRequest) -> Result<ListPolicyVersions, IamError> {
        Ok(ListPolicyVersions {
            policy: PolicyArn::required(wire.policy_arn)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        Ok(vec![self.policy.target(Self::ACTION, account, call)])
    }

    fn decide(
        request: Authorized<ListPolicyVersions>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListPolicyVersionsResponse>, IamError> {
        let account = view.account(call)?;
        let mut versions = match request.policy.existing(account, call.scope.account)? {
            Managed::Aws(policy) => vec![(policy.version, policy.listed_version())],
            Managed::Ours(policy) => account
                .policy_versions_of(policy)
                .filter_map(|number| {
                    let version = account.policy_version(policy, number)?;
                    Some((number, version.listed(policy, number)))
                })
                .collect(),
        };
        versions.reverse();
        // Pages go by rising keys, the list by falling versions.
        let entries = versions
            .into_iter()
            .map(|(number, version)| (format!("{:010}", u32::MAX - number), version));
        let slice = request.page.cut(entries);
        Ok(Decision::read(wire::ListPolicyVersionsResponse {
            versions: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
