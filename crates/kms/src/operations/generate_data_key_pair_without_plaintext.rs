//! `kms:GenerateDataKeyPairWithoutPlaintext`: make a key pair whose private key comes encrypted only.

use std::sync::Arc;

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::operations::GenerateDataKeyPair;
use crate::{EncryptionContext, KmsError, View, wire};

/// A key pair to be made, for later.
#[derive(Clone, Debug)]
pub struct GenerateDataKeyPairWithoutPlaintext(GenerateDataKeyPair);

impl Operation for GenerateDataKeyPairWithoutPlaintext {
    const ACTION: &'static str = "kms:GenerateDataKeyPairWithoutPlaintext";
    type Wire = wire::GenerateDataKeyPairWithoutPlaintextRequest;
    type Output = wire::GenerateDataKeyPairWithoutPlaintextResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::GenerateDataKeyPairWithoutPlaintextRequest,
    ) -> Result<GenerateDataKeyPairWithoutPlaintext, KmsError> {
        let inner = wire::GenerateDataKeyPairRequest {
            encryption_context: wire.encryption_context,
            key_id: wire.key_id,
            key_pair_spec: wire.key_pair_spec,
            grant_tokens: wire.grant_tokens,
            recipient: None,
            dry_run: wire.dry_run,
        };
        GenerateDataKeyPair::parse(inner).map(GenerateDataKeyPairWithoutPlaintext)
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![self.0.requirement(Self::ACTION, call, view)?])
    }

    fn encryption_context(&self) -> Option<Arc<EncryptionContext>> {
        self.0.encryption_context()
    }

    fn is_slow(&self, call: &Call<'_>, view: &Self::View<'_>) -> bool {
        self.0.is_slow(call, view)
    }

    fn decide(
        request: Authorized<GenerateDataKeyPairWithoutPlaintext>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GenerateDataKeyPairWithoutPlaintextResponse>, KmsError> {
        let operation = "GenerateDataKeyPairWithoutPlaintext";
        let (material, made) = request.0.generate(operation, call, view, with)?;
        let output = wire::GenerateDataKeyPairWithoutPlaintextResponse {
            private_key_ciphertext_blob: made.private_key_ciphertext_blob,
            public_key: made.public_key,
            key_id: made.key_id,
            key_pair_spec: made.key_pair_spec,
            key_material_id: made.key_material_id,
        };
        Ok(Decision::write(material.txn, output))
    }
}
