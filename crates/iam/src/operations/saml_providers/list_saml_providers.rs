//! `iam:ListSAMLProviders`: the account's SAML providers, by name.

use crate::providers::Provider as _;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};
use kagiban_aws::Arn;

/// The list has no parameters.
#[derive(Clone, Copy, Debug)]
pub struct ListSAMLProviders;

impl Operation for ListSAMLProviders {
    const ACTION: &'static str = "iam:ListSAMLProviders";
    type Wire = wire::ListSAMLProvidersRequest;
    type Output = wire::ListSAMLProvidersResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(_wire: wire::ListSAMLProvidersRequest) -> Result<ListSAMLProviders, IamError> {
        Ok(ListSAMLProviders)
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let id = call.scope.account;
        let arn = Arn::global("iam", id, format_args!("saml-provider/*"));
        Ok(vec![Requirement::on(Self::ACTION, arn, id)])
    }

    fn decide(
        _request: Authorized<ListSAMLProviders>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::ListSAMLProvidersResponse>, IamError> {
        let id = call.scope.account;
        let providers = view.account(call)?.saml_providers.values();
        let entries = providers.map(|provider| wire::SAMLProviderListEntry {
            arn: Some(provider.arn(id).into()),
            valid_until: Some(provider.valid_until),
            create_date: Some(provider.created),
        });
        Ok(Decision::read(wire::ListSAMLProvidersResponse {
            saml_provider_list: Some(entries.collect()),
        }))
    }
}
