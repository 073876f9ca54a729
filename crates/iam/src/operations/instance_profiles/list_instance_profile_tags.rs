//! `iam:ListInstanceProfileTags`: the tags of an instance profile, by key.

use crate::names::ProfileName;
use crate::page::Page;
use crate::{
    Authorized, Call, Decision, IamError, Operation, Requirement, View, With, instance_profiles, tags, wire,
};

/// Which profile's tags to show.
#[derive(Clone, Debug)]
pub struct ListInstanceProfileTags {
    name: ProfileName,
    page: Page,
}

impl Operation for ListInstanceProfileTags {
    const ACTION: &'static str = "iam:ListInstanceProfileTags";
    type Wire = wire::ListInstanceProfileTagsRequest;
    type Output = wire::ListInstanceProfileTagsResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListInstanceProfileTagsRequest) -> Result<ListInstanceProfileTags, IamError> {
        Ok(ListInstanceProfileTags {
            name: ProfileName::required(wire.instance_profile_name)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let id = call.scope.account;
        Ok(vec![instance_profiles::target(
            Self::ACTION,
            account,
            id,
            &self.name,
        )])
    }

    fn decide(
        request: Authorized<ListInstanceProfileTags>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListInstanceProfileTagsResponse>, IamError> {
        let profile = instance_profiles::existing(view.account(call)?, &request.name)?;
        let slice = tags::page(&profile.tags, &request.page);
        Ok(Decision::read(wire::ListInstanceProfileTagsResponse {
            tags: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
