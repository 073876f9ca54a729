//! `iam:GetOpenIDConnectProvider`: look at an OpenID Connect provider.

use crate::providers::ProviderArn;
use crate::records::OidcProvider;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The provider to show.
#[derive(Clone, Debug)]
pub struct GetOpenIDConnectProvider {
    provider: ProviderArn,
}

impl Operation for GetOpenIDConnectProvider {
    const ACTION: &'static str = "iam:GetOpenIDConnectProvider";
    type Wire = wire::GetOpenIDConnectProviderRequest;
    type Output = wire::GetOpenIDConnectProviderResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetOpenIDConnectProviderRequest) -> Result<GetOpenIDConnectProvider, IamError> {
        let provider = ProviderArn::required(wire.open_id_connect_provider_arn)?;
        Ok(GetOpenIDConnectProvider { provider })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = self
            .provider
            .target::<OidcProvider>(Self::ACTION, account, call.scope.account);
        Ok(vec![target])
    }

    fn decide(
        request: Authorized<GetOpenIDConnectProvider>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetOpenIDConnectProviderResponse>, IamError> {
        let id = call.scope.account;
        let provider = request
            .provider
            .existing::<OidcProvider>(view.account(call)?, id)?;
        Ok(Decision::read(wire::GetOpenIDConnectProviderResponse {
            url: Some(provider.url.clone()),
            client_id_list: Some(provider.client_ids.clone()),
            thumbprint_list: Some(provider.thumbprints.clone()),
            create_date: Some(provider.created),
            tags: tags::shown(&provider.tags),
        }))
    }
}
