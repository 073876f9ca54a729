//! `iam:ListPolicies`: the managed policies, the account's own before AWS's.

use kagiban_aws::{AccountId, Arn};

use crate::managed_policy::Managed;
use crate::names::PathPrefix;
use crate::page::Page;
use crate::wire::policy_scope_type::{AWS, LOCAL};
use crate::wire::policy_usage_type::{PERMISSIONS_BOUNDARY, PERMISSIONS_POLICY};
use crate::{
    Account, Authorized, Call, Decision, IamError, Operation, Requirement, Usage, View, With,
    managed_policies, wire,
};

/// Which policies to show.
#[derive(Clone, Debug)]
pub struct ListPolicies {
    ours: bool,
    awss: bool,
    attached: bool,
    bounding: bool,
    prefix: PathPrefix,
    page: Page,
}

impl Operation for ListPolicies {
    const ACTION: &'static str = "iam:ListPolicies";
    type Wire = wire::ListPoliciesRequest;
    type Output = wire::ListPoliciesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListPoliciesRequest) -> Result<ListPolicies, IamError> {
        let scope = wire.scope.as_deref();
        let usage = wire.policy_usage_filter.as_deref();
        Ok(ListPolicies {
            ours: scope != Some(AWS),
            awss: scope != Some(LOCAL),
            attached: wire.only_attached == Some(true) || usage == Some(PERMISSIONS_POLICY),
            bounding: usage == Some(PERMISSIONS_BOUNDARY),
            prefix: PathPrefix::optional(wire.path_prefix)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("policy{}", self.prefix));
        Ok(vec![Requirement::on(Self::ACTION, arn, id)])
    }

    fn decide(
        request: Authorized<ListPolicies>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListPoliciesResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let ours = account.policies.iter().filter(|_| request.ours);
        let ours = ours.map(|(name, policy)| (format!("1{name}"), Managed::Ours(policy)));
        let awss = managed_policies::all().filter(|_| request.awss);
        let awss = awss.map(|policy| (format!("2{}", policy.name), Managed::Aws(policy)));
        let matching = ours
            .chain(awss)
            .filter(|(_, policy)| request.wants(policy, account, id));
        let slice = request
            .page
            .cut(matching.map(|(key, policy)| (key, policy.listed(account, id))));
        Ok(Decision::read(wire::ListPoliciesResponse {
            policies: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}

impl ListPolicies {
    fn wants(&self, policy: &Managed<'_>, account: &Account, id: AccountId) -> bool {
        let arn = policy.arn(id);
        self.prefix.takes(policy.path())
            && (!self.attached || account.uses.count(&arn, Usage::Attached) > 0)
            && (!self.bounding || account.uses.count(&arn, Usage::Boundary) > 0)
    }
}
