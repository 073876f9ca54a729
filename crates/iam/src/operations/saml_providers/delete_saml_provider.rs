//! `iam:DeleteSAMLProvider`: forget a SAML provider.

use crate::providers::{ProviderArn, gone};
use crate::records::SamlProvider;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The provider to delete.
#[derive(Clone, Debug)]
pub struct DeleteSAMLProvider {
    provider: ProviderArn,
}

impl Operation for DeleteSAMLProvider {
    const ACTION: &'static str = "iam:DeleteSAMLProvider";
    type Wire = wire::DeleteSAMLProviderRequest;
    type Output = wire::DeleteSAMLProviderResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteSAMLProviderRequest) -> Result<DeleteSAMLProvider, IamError> {
        let provider = ProviderArn::required(wire.saml_provider_arn)?;
        Ok(DeleteSAMLProvider { provider })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = self
            .provider
            .target::<SamlProvider>(Self::ACTION, account, call.scope.account);
        Ok(vec![target])
    }

    fn decide(
        request: Authorized<DeleteSAMLProvider>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteSAMLProviderResponse>, IamError> {
        let id = call.scope.account;
        let provider = request
            .provider
            .existing::<SamlProvider>(view.account(call)?, id)?;
        Ok(Decision::write(
            gone(id, provider),
            wire::DeleteSAMLProviderResponse {},
        ))
    }
}
