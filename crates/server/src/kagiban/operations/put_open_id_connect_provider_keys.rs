//! `kagiban:PutOpenIDConnectProviderKeys`: verify a provider's tokens with these keys, without asking it.

use kagiban_iam::sts::web_identity::ProviderKeys;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::kagiban::{KagibanError, View, wire};

/// The keys, and whose they are.
#[derive(Clone, Debug)]
pub struct PutOpenIDConnectProviderKeys(ProviderKeys);

impl Operation for PutOpenIDConnectProviderKeys {
    const ACTION: &'static str = "kagiban:PutOpenIDConnectProviderKeys";
    type Wire = wire::PutOpenIDConnectProviderKeysRequest;
    type Output = wire::PutOpenIDConnectProviderKeysResponse;
    type Error = KagibanError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::PutOpenIDConnectProviderKeysRequest,
    ) -> Result<PutOpenIDConnectProviderKeys, KagibanError> {
        let keys = wire.keys.unwrap_or_default();
        ProviderKeys::parse(wire.open_id_connect_provider_arn, keys)
            .map(PutOpenIDConnectProviderKeys)
            .map_err(|error| KagibanError::InvalidInput(error.to_string()))
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KagibanError> {
        let requirement = self.0.requirement(call, view.as_ref());
        requirement
            .map(|on| vec![on])
            .ok_or_else(|| no_such_provider(&self.0))
    }

    fn decide(
        request: Authorized<PutOpenIDConnectProviderKeys>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::PutOpenIDConnectProviderKeysResponse>, KagibanError> {
        let PutOpenIDConnectProviderKeys(keys) = request.into_inner();
        let missing = no_such_provider(&keys);
        let txn = keys.put(call, view.as_ref()).ok_or(missing)?;
        Ok(Decision::write(
            txn,
            wire::PutOpenIDConnectProviderKeysResponse {},
        ))
    }
}

fn no_such_provider(keys: &ProviderKeys) -> KagibanError {
    KagibanError::NoSuchProvider(keys.provider().to_string())
}
