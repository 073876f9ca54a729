//! `iam:GetSAMLProvider`: look at a SAML provider.

use crate::providers::ProviderArn;
use crate::records::SamlProvider;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The provider to show.
#[derive(Clone, Debug)]
pub struct GetSAMLProvider {
    provider: ProviderArn,
}

impl Operation for GetSAMLProvider {
    const ACTION: &'static str = "iam:GetSAMLProvider";
    type Wire = wire::GetSAMLProviderRequest;
    type Output = wire::GetSAMLProviderResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetSAMLProviderRequest) -> Result<GetSAMLProvider, IamError> {
        let provider = ProviderArn::required(wire.saml_provider_arn)?;
        Ok(GetSAMLProvider { provider })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = self
            .provider
            .target::<SamlProvider>(Self::ACTION, account, call.scope.account);
        Ok(vec![target])
    }

    fn decide(
        request: Authorized<GetSAMLProvider>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetSAMLProviderResponse>, IamError> {
        let id = call.scope.account;
        let provider = request
            .provider
            .existing::<SamlProvider>(view.account(call)?, id)?;
        Ok(Decision::read(wire::GetSAMLProviderResponse {
            saml_provider_uuid: Some(provider.uuid.clone()),
            saml_metadata_document: Some(provider.metadata.clone()),
            create_date: Some(provider.created),
            valid_until: Some(provider.valid_until),
            tags: tags::shown(&provider.tags),
            ..wire::GetSAMLProviderResponse::default()
        }))
    }
}
