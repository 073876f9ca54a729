//! `iam:TagOpenIDConnectProvider`: give an OpenID Connect provider tags, or other values to those it has.

use crate::providers::{ProviderArn, tagged};
use crate::records::{OidcProvider, Tag};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The tags, and whose they will be.
#[derive(Clone, Debug)]
pub struct TagOpenIDConnectProvider {
    provider: ProviderArn,
    tags: Vec<Tag>,
}

impl Operation for TagOpenIDConnectProvider {
    const ACTION: &'static str = "iam:TagOpenIDConnectProvider";
    type Wire = wire::TagOpenIDConnectProviderRequest;
    type Output = wire::TagOpenIDConnectProviderResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::TagOpenIDConnectProviderRequest) -> Result<TagOpenIDConnectProvider, IamError> {
        Ok(TagOpenIDConnectProvider {
            provider: ProviderArn::required(wire.open_id_connect_provider_arn)?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = self
            .provider
            .target::<OidcProvider>(Self::ACTION, account, call.scope.account);
        Ok(vec![tags::requested(target, &self.tags)])
    }

    fn decide(
        request: Authorized<TagOpenIDConnectProvider>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::TagOpenIDConnectProviderResponse>, IamError> {
        let id = call.scope.account;
        let provider = request
            .provider
            .existing::<OidcProvider>(view.account(call)?, id)?;
        let txn = tagged(id, provider, &request.tags)?;
        Ok(Decision::write(txn, wire::TagOpenIDConnectProviderResponse {}))
    }
}
