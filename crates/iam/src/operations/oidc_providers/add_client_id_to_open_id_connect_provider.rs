//! `iam:AddClientIDToOpenIDConnectProvider`: take an issuer's tokens for one more audience.

use crate::oidc_providers::client_ids;
use crate::providers::{ProviderArn, changed};
use crate::records::OidcProvider;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};

/// The audience, and whose tokens for it to take.
#[derive(Clone, Debug)]
pub struct AddClientIDToOpenIDConnectProvider {
    provider: ProviderArn,
    client_id: String,
}

impl Operation for AddClientIDToOpenIDConnectProvider {
    const ACTION: &'static str = "iam:AddClientIDToOpenIDConnectProvider";
    type Wire = wire::AddClientIDToOpenIDConnectProviderRequest;
    type Output = wire::AddClientIDToOpenIDConnectProviderResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::AddClientIDToOpenIDConnectProviderRequest,
    ) -> Result<AddClientIDToOpenIDConnectProvider, IamError> {
        Ok(AddClientIDToOpenIDConnectProvider {
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
        request: Authorized<AddClientIDToOpenIDConnectProvider>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::AddClientIDToOpenIDConnectProviderResponse>, IamError> {
        let id = call.scope.account;
        let provider = request
            .provider
            .existing::<OidcProvider>(view.account(call)?, id)?;
        let mut new = OidcProvider::clone(provider);
        new.client_ids.push(request.into_inner().client_id);
        new.client_ids = client_ids(new.client_ids)?;
        Ok(Decision::write(
            changed(id, provider, &new),
            wire::AddClientIDToOpenIDConnectProviderResponse {},
        ))
    }
}
