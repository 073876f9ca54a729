//! `iam:ListInstanceProfiles`: the account's instance profiles, by name.

use kagiban_aws::Arn;

use crate::names::PathPrefix;
use crate::page::Page;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// Which instance profiles to show.
#[derive(Clone, Debug)]
pub struct ListInstanceProfiles {
    prefix: PathPrefix,
    page: Page,
}

impl Operation for ListInstanceProfiles {
    const ACTION: &'static str = "iam:ListInstanceProfiles";
    type Wire = wire::ListInstanceProfilesRequest;
    type Output = wire::ListInstanceProfilesResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListInstanceProfilesRequest) -> Result<ListInstanceProfiles, IamError> {
        Ok(ListInstanceProfiles {
            prefix: PathPrefix::optional(wire.path_prefix)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("instance-profile{}", self.prefix));
        Ok(vec![Requirement::on(Self::ACTION, arn, id)])
    }

    fn decide(
        request: Authorized<ListInstanceProfiles>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListInstanceProfilesResponse>, IamError> {
        let id = call.scope.account;
        let account = view.account(call)?;
        let profiles = account.instance_profiles.iter();
        let matching = profiles.filter(|(_, profile)| request.prefix.takes(&profile.path));
        let slice = request
            .page
            .cut(matching.map(|(name, profile)| (name, profile.listed(id, account, view.iam))));
        Ok(Decision::read(wire::ListInstanceProfilesResponse {
            instance_profiles: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
