//! `iam:TagSAMLProvider`: give a SAML provider tags, or other values to those it has.

use crate::providers::{ProviderArn, tagged};
use crate::records::{SamlProvider, Tag};
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The tags, and whose they will be.
#[derive(Clone, Debug)]
pub struct TagSAMLProvider {
    provider: ProviderArn,
    tags: Vec<Tag>,
}

impl Operation for TagSAMLProvider {
    const ACTION: &'static str = "iam:TagSAMLProvider";
    type Wire = wire::TagSAMLProviderRequest;
    type Output = wire::TagSAMLProviderResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::TagSAMLProviderRequest) -> Result<TagSAMLProvider, IamError> {
        Ok(TagSAMLProvider {
            provider: ProviderArn::required(wire.saml_provider_arn)?,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = self
            .provider
            .target::<SamlProvider>(Self::ACTION, account, call.scope.account);
        Ok(vec![tags::requested(target, &self.tags)])
    }

    fn decide(
        request: Authorized<TagSAMLProvider>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::TagSAMLProviderResponse>, IamError> {
        let id = call.scope.account;
        let provider = request
            .provider
            .existing::<SamlProvider>(view.account(call)?, id)?;
        let txn = tagged(id, provider, &request.tags)?;
        Ok(Decision::write(txn, wire::TagSAMLProviderResponse {}))
    }
}
