//! `iam:ListOpenIDConnectProviderTags`: the tags of an OpenID Connect provider, by key.

use crate::page::Page;
use crate::providers::ProviderArn;
use crate::records::OidcProvider;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// Whose tags to show.
#[derive(Clone, Debug)]
pub struct ListOpenIDConnectProviderTags {
    provider: ProviderArn,
    page: Page,
}

impl Operation for ListOpenIDConnectProviderTags {
    const ACTION: &'static str = "iam:ListOpenIDConnectProviderTags";
    type Wire = wire::ListOpenIDConnectProviderTagsRequest;
    type Output = wire::ListOpenIDConnectProviderTagsResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::ListOpenIDConnectProviderTagsRequest,
    ) -> Result<ListOpenIDConnectProviderTags, IamError> {
        Ok(ListOpenIDConnectProviderTags {
            provider: ProviderArn::required(wire.open_id_connect_provider_arn)?,
            page: Page::parse(wire.max_items, wire.marker)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = self
            .provider
            .target::<OidcProvider>(Self::ACTION, account, call.scope.account);
        Ok(vec![target])
    }

    fn decide(
        request: Authorized<ListOpenIDConnectProviderTags>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListOpenIDConnectProviderTagsResponse>, IamError> {
        let id = call.scope.account;
        let provider = request
            .provider
            .existing::<OidcProvider>(view.account(call)?, id)?;
        let slice = tags::page(&provider.tags, &request.page);
        Ok(Decision::read(wire::ListOpenIDConnectProviderTagsResponse {
            tags: Some(slice.items),
            is_truncated: slice.is_truncated,
            marker: slice.marker,
        }))
    }
}
