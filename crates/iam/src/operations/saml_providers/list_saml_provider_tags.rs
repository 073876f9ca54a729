//! `iam:ListSAMLProviderTags`: the tags of a SAML provider, by key.

use crate::page::Page;
use crate::providers::ProviderArn;
use crate::records::SamlProvider;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// Whose tags to show.
#[derive(Clone, Debug)]
pub struct ListSAMLProviderTags {
    provider: ProviderArn,
    page: Page,
}

impl Operation for ListSAMLProviderTags {
    const ACTION: &'static str = "iam:ListSAMLProviderTags";
    type Wire = wire::ListSAMLProviderTagsRequest;
    type Output = wire::ListSAMLProviderTagsResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListSAMLProviderTagsRequest) -> Result<ListSAMLProviderTags, IamError> {
        Ok(ListSAMLProviderTags {
            provider: ProviderArn::required(wire.saml_provider_arn)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = self
            .provider
            .target::<SamlProvider>(Self::ACTION, account, call.scope.account);
        Ok(vec![target])
    }

    fn decide(
        request: Authorized<ListSAMLProviderTags>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListSAMLProviderTagsResponse>, IamError> {
        let id = call.scope.account;
        let provider = request
            .provider
            .existing::<SamlProvider>(view.account(call)?, id)?;
        let slice = tags::page(&provider.tags, &request.page);
        Ok(Decision::read(wire::ListSAMLProviderTagsResponse {
            tags: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
