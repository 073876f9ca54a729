//! `iam:ListOpenIDConnectProviders`: the account's OpenID Connect providers, by URL.

use crate::providers::Provider as _;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};
use kagiban_aws::Arn;

/// The list has no parameters.
#[derive(Clone, Copy, Debug)]
pub struct ListOpenIDConnectProviders;

impl Operation for ListOpenIDConnectProviders {
    const ACTION: &'static str = "iam:ListOpenIDConnectProviders";
    type Wire = wire::ListOpenIDConnectProvidersRequest;
    type Output = wire::ListOpenIDConnectProvidersResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(_wire: wire::ListOpenIDConnectProvidersRequest) -> Result<ListOpenIDConnectProviders, IamError> {
        Ok(ListOpenIDConnectProviders)
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("oidc-provider/*"));
        Ok(vec![Requirement::on(Self::ACTION, arn, id)])
    }

    fn decide(
        _request: Authorized<ListOpenIDConnectProviders>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListOpenIDConnectProvidersResponse>, IamError> {
        let id = call.scope.account;
        let providers = view.account(call)?.oidc_providers.values();
        let entries = providers.map(|provider| wire::OpenIDConnectProviderListEntry {
            arn: Some(provider.arn(id).into()),
        });
        Ok(Decision::read(wire::ListOpenIDConnectProvidersResponse {
            open_id_connect_provider_list: Some(entries.collect()),
        }))
    }
}
