//! `kms:DescribeKey`: what a key is; the service's own key is made if it was never used.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::grants::GrantTokens;
use crate::metadata::{current_material_id, metadata};
use crate::{KeyRef, KmsError, View, wire};

/// Which key.
#[derive(Clone, Debug)]
pub struct DescribeKey {
    key: KeyRef,
    tokens: GrantTokens,
}

impl Operation for DescribeKey {
    const ACTION: &'static str = "kms:DescribeKey";
    type Wire = wire::DescribeKeyRequest;
    type Output = wire::DescribeKeyResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DescribeKeyRequest) -> Result<DescribeKey, KmsError> {
        Ok(DescribeKey {
            key: wire.key_id.unwrap_or_default().parse()?,
            tokens: GrantTokens::parse(wire.grant_tokens),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![
            view.find_with(&self.tokens, &self.key, call)?
                .requirement(Self::ACTION, call),
        ])
    }

    fn decide(
        request: Authorized<DescribeKey>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::DescribeKeyResponse>, KmsError> {
        let found = view.find(&request.key, call)?;
        if found.revision.is_none() {
            let material = view.material(&found, with.entropy)?;
            let output = wire::DescribeKeyResponse {
                key_metadata: Some(metadata(&found, Some(&material.id))),
            };
            return Ok(Decision::write(material.txn, output));
        }
        let keyring = view.kms.keyring(found.scope);
        let material = current_material_id(&found, keyring);
        let expiration = keyring.and_then(|keyring| keyring.expiration(&found.key, call.facts.now));
        Ok(Decision::read(wire::DescribeKeyResponse {
            key_metadata: Some(wire::KeyMetadata {
                expiration_model: expiration.map(|expiration| expiration.model().to_owned()),
                valid_to: expiration.and_then(|expiration| expiration.0),
                ..metadata(&found, material)
            }),
        }))
    }
}
