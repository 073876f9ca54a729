//! `iam:RemoveClientIDFromOpenIDConnectProvider`: take an issuer's tokens for an audience no longer.

use crate::providers::{ProviderArn, changed};
use crate::records::OidcProvider;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The audience, and whose tokens for it to refuse.
#[derive(Clone, Debug)]
pub struct RemoveClientIDFromOpenIDConnectProvider {
    provider: ProviderArn,
    client_id: String,
}

impl Operation for RemoveClientIDFromOpenIDConnectProvider {
    const ACTION: &'static str = "iam:RemoveClientIDFromOpenIDConnectProvider";
    type Wire = wire::RemoveClientIDFromOpenIDConnectProviderRequest;
    type Output = wire::RemoveClientIDFromOpenIDConnectProviderResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::RemoveClientIDFromOpenIDConnectProviderRequest,
    ) -> Result<RemoveClientIDFromOpenIDConnectProvider, IamError> {
        Ok(RemoveClientIDFromOpenIDConnectProvider {
            provider: ProviderArn::required(wire.open_id_connect_provider_arn)?,
            client_id: wire.client_id.unwrap_or_default(),
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
        request: Authorized<RemoveClientIDFromOpenIDConnectProvider>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::RemoveClientIDFromOpenIDConnectProviderResponse>, IamError> {
        let id = call.scope.account;
        let provider = request
            .provider
            .existing::<OidcProvider>(view.account(call)?, id)?;
        let mut new = OidcProvider::clone(provider);
        new.client_ids.retain(|client_id| *client_id != request.client_id);
        Ok(Decision::write(
            changed(id, provider, &new),
            wire::RemoveClientIDFromOpenIDConnectProviderResponse {},
        ))
    }
}
