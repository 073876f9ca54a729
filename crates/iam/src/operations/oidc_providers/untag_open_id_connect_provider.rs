//! `iam:UntagOpenIDConnectProvider`: take tags from an OpenID Connect provider.

use crate::providers::{ProviderArn, untagged};
use crate::records::OidcProvider;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The keys of the tags, and whose they are.
#[derive(Clone, Debug)]
pub struct UntagOpenIDConnectProvider {
    provider: ProviderArn,
    keys: Vec<String>,
}

impl Operation for UntagOpenIDConnectProvider {
    const ACTION: &'static str = "iam:UntagOpenIDConnectProvider";
    type Wire = wire::UntagOpenIDConnectProviderRequest;
    type Output = wire::UntagOpenIDConnectProviderResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UntagOpenIDConnectProviderRequest) -> Result<UntagOpenIDConnectProvider, IamError> {
        Ok(UntagOpenIDConnectProvider {
            provider: ProviderArn::required(wire.open_id_connect_provider_arn)?,
            keys: tags::parse_keys(wire.tag_keys)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = self
            .provider
            .target::<OidcProvider>(Self::ACTION, account, call.scope.account);
        Ok(vec![tags::unrequested(target, &self.keys)])
    }

    fn decide(
        request: Authorized<UntagOpenIDConnectProvider>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UntagOpenIDConnectProviderResponse>, IamError> {
        let id = call.scope.account;
        let provider = request
            .provider
            .existing::<OidcProvider>(view.account(call)?, id)?;
        let txn = untagged(id, provider, &request.keys);
        Ok(Decision::write(txn, wire::UntagOpenIDConnectProviderResponse {}))
    }
}
