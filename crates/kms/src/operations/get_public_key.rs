//! `kms:GetPublicKey`: hand out the public half of an asymmetric key.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::grants::GrantTokens;
use crate::metadata::words;
use crate::standing::Needs;
use crate::{KeyRef, KmsError, View, wire};

/// Whose public key is wanted.
#[derive(Clone, Debug)]
pub struct GetPublicKey {
    key: KeyRef,
    tokens: GrantTokens,
}

impl Operation for GetPublicKey {
    const ACTION: &'static str = "kms:GetPublicKey";
    type Wire = wire::GetPublicKeyRequest;
    type Output = wire::GetPublicKeyResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetPublicKeyRequest) -> Result<GetPublicKey, KmsError> {
        Ok(GetPublicKey {
            key: wire.key_id.unwrap_or_default().parse()?,
            tokens: GrantTokens::parse(wire.grant_tokens),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let found = view.find_with(&self.tokens, &self.key, call)?;
        Ok(vec![found.requirement(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<GetPublicKey>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::GetPublicKeyResponse>, KmsError> {
        let found = view.find(&request.key, call)?;
        found.demand(Needs::Use)?;
        let key = &found.key;
        if !key.spec.is_asymmetric() {
            // UNSURE: AWS's sentence; the code is documented.
            let text = format!(
                "{} key spec is {} which is not valid for GetPublicKey.",
                found.arn(),
                key.spec
            );
            return Err(KmsError::Unsupported(text));
        }
        let algorithms = key.spec.algorithms(key.usage).unwrap_or_default();
        Ok(Decision::read(wire::GetPublicKeyResponse {
            key_id: Some(found.arn().into()),
            public_key: Some(view.prepared(&found)?.public().to_vec()),
            customer_master_key_spec: Some(key.spec.to_string()),
            key_spec: Some(key.spec.to_string()),
            key_usage: Some(key.usage.to_string()),
            encryption_algorithms: words(algorithms.encryption),
            signing_algorithms: words(algorithms.signing),
            key_agreement_algorithms: words(algorithms.key_agreement),
            ..Default::default()
        }))
    }
}
