//! `iam:DeleteOpenIDConnectProvider`: take the tokens of an issuer no longer.

use crate::providers::{ProviderArn, gone};
use crate::records::OidcProvider;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, wire};
use kagiban_store::Txn;

/// The provider to delete.
#[derive(Clone, Debug)]
pub struct DeleteOpenIDConnectProvider {
    provider: ProviderArn,
}

impl Operation for DeleteOpenIDConnectProvider {
    const ACTION: &'static str = "iam:DeleteOpenIDConnectProvider";
    type Wire = wire::DeleteOpenIDConnectProviderRequest;
    type Output = wire::DeleteOpenIDConnectProviderResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::DeleteOpenIDConnectProviderRequest,
    ) -> Result<DeleteOpenIDConnectProvider, IamError> {
        let provider = ProviderArn::required(wire.open_id_connect_provider_arn)?;
        Ok(DeleteOpenIDConnectProvider { provider })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = self
            .provider
            .target::<OidcProvider>(Self::ACTION, account, call.scope.account);
        Ok(vec![target])
    }

    fn decide(
        request: Authorized<DeleteOpenIDConnectProvider>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteOpenIDConnectProviderResponse>, IamError> {
        let id = call.scope.account;
        // AWS says of this deletion alone that what does not exist is no error.
        let txn = match request.provider.find::<OidcProvider>(view.account(call)?, id) {
            Some(provider) => gone(id, provider),
            None => Txn::new(),
        };
        Ok(Decision::write(txn, wire::DeleteOpenIDConnectProviderResponse {}))
    }
}
