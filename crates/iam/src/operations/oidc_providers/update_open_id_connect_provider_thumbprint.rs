//! `iam:UpdateOpenIDConnectProviderThumbprint`: keep other thumbprints of a provider.

use crate::oidc_providers::thumbprints;
use crate::providers::{ProviderArn, changed};
use crate::records::OidcProvider;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The thumbprints, and whose they are.
#[derive(Clone, Debug)]
pub struct UpdateOpenIDConnectProviderThumbprint {
    provider: ProviderArn,
    thumbprints: Vec<String>,
}

impl Operation for UpdateOpenIDConnectProviderThumbprint {
    const ACTION: &'static str = "iam:UpdateOpenIDConnectProviderThumbprint";
    type Wire = wire::UpdateOpenIDConnectProviderThumbprintRequest;
    type Output = wire::UpdateOpenIDConnectProviderThumbprintResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::UpdateOpenIDConnectProviderThumbprintRequest,
    ) -> Result<UpdateOpenIDConnectProviderThumbprint, IamError> {
        Ok(UpdateOpenIDConnectProviderThumbprint {
            provider: ProviderArn::required(wire.open_id_connect_provider_arn)?,
            thumbprints: thumbprints(wire.thumbprint_list.unwrap_or_default())?,
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
        request: Authorized<UpdateOpenIDConnectProviderThumbprint>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UpdateOpenIDConnectProviderThumbprintResponse>, IamError> {
        let id = call.scope.account;
        let provider = request
            .provider
            .existing::<OidcProvider>(view.account(call)?, id)?;
        let new = OidcProvider {
            thumbprints: request.into_inner().thumbprints,
            ..OidcProvider::clone(provider)
        };
        Ok(Decision::write(
            changed(id, provider, &new),
            wire::UpdateOpenIDConnectProviderThumbprintResponse {},
        ))
    }
}
