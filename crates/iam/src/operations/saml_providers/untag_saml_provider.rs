//! `iam:UntagSAMLProvider`: take tags from a SAML provider.

use crate::providers::{ProviderArn, untagged};
use crate::records::SamlProvider;
use crate::{Authorized, Call, Decision, IamError, Operation, Requirement, View, With, tags, wire};

/// The keys of the tags, and whose they are.
#[derive(Clone, Debug)]
pub struct UntagSAMLProvider {
    provider: ProviderArn,
    keys: Vec<String>,
}

impl Operation for UntagSAMLProvider {
    const ACTION: &'static str = "iam:UntagSAMLProvider";
    type Wire = wire::UntagSAMLProviderRequest;
    type Output = wire::UntagSAMLProviderResponse;
    type Error = IamError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UntagSAMLProviderRequest) -> Result<UntagSAMLProvider, IamError> {
        Ok(UntagSAMLProvider {
            provider: ProviderArn::required(wire.saml_provider_arn)?,
            keys: tags::parse_keys(wire.tag_keys)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, IamError> {
        let account = view.account(call)?;
        let target = self
            .provider
            .target::<SamlProvider>(Self::ACTION, account, call.scope.account);
        Ok(vec![tags::unrequested(target, &self.keys)])
    }

    fn decide(
        request: Authorized<UntagSAMLProvider>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UntagSAMLProviderResponse>, IamError> {
        let id = call.scope.account;
        let provider = request
            .provider
            .existing::<SamlProvider>(view.account(call)?, id)?;
        let txn = untagged(id, provider, &request.keys);
        Ok(Decision::write(txn, wire::UntagSAMLProviderResponse {}))
    }
}
