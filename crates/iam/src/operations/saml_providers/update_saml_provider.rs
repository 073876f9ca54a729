//! `iam:UpdateSAMLProvider`: replace a SAML provider's metadata.

use crate::providers::{Provider as _, ProviderArn, changed};
use crate::records::SamlProvider;
use crate::saml_providers::Metadata;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The metadata, and whose it is.
#[derive(Clone, Debug)]
pub struct UpdateSAMLProvider {
    provider: ProviderArn,
    metadata: Metadata,
}

impl Operation for UpdateSAMLProvider {
    const ACTION: &'static str = "iam:UpdateSAMLProvider";
    type Wire = wire::UpdateSAMLProviderRequest;
    type Output = wire::UpdateSAMLProviderResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UpdateSAMLProviderRequest) -> Result<UpdateSAMLProvider, IamError> {
        if wire.assertion_encryption_mode.is_some()
            || wire.add_private_key.is_some()
            || wire.remove_private_key.is_some()
        {
            return Err(IamError::NotBuilt(
                "encryption of SAML assertions is not supported",
            ));
        }
        Ok(UpdateSAMLProvider {
            provider: ProviderArn::required(wire.saml_provider_arn)?,
            metadata: Metadata::required(wire.saml_metadata_document)?,
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
        request: Authorized<UpdateSAMLProvider>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::UpdateSAMLProviderResponse>, IamError> {
        let id = call.scope.account;
        let provider = request
            .provider
            .existing::<SamlProvider>(view.account(call)?, id)?;
        let valid_until = request.metadata.valid_until(with.now)?;
        let new = SamlProvider {
            metadata: request.metadata.clone().into_text(),
            valid_until,
            ..SamlProvider::clone(provider)
        };
        let saml_provider_arn = Some(new.arn(id).into());
        Ok(Decision::write(
            changed(id, provider, &new),
            wire::UpdateSAMLProviderResponse { saml_provider_arn },
        ))
    }
}
