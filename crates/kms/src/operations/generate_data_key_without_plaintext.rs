//! `kms:GenerateDataKeyWithoutPlaintext`: make a key for data, encrypted only.

use std::sync::Arc;

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::operations::GenerateDataKey;
use crate::{EncryptionContext, KmsError, View, wire};

/// A data key to be made, for later.
#[derive(Clone, Debug)]
pub struct GenerateDataKeyWithoutPlaintext(GenerateDataKey);

impl Operation for GenerateDataKeyWithoutPlaintext {
    const ACTION: &'static str = "kms:GenerateDataKeyWithoutPlaintext";
    type Wire = wire::GenerateDataKeyWithoutPlaintextRequest;
    type Output = wire::GenerateDataKeyWithoutPlaintextResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::GenerateDataKeyWithoutPlaintextRequest,
    ) -> Result<GenerateDataKeyWithoutPlaintext, KmsError> {
        let inner = wire::GenerateDataKeyRequest {
            key_id: wire.key_id,
            encryption_context: wire.encryption_context,
            number_of_bytes: wire.number_of_bytes,
            key_spec: wire.key_spec,
            grant_tokens: wire.grant_tokens,
            recipient: None,
            dry_run: wire.dry_run,
        };
        GenerateDataKey::parse(inner).map(GenerateDataKeyWithoutPlaintext)
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![self.0.requirement(Self::ACTION, call, view)?])
    }

    fn encryption_context(&self) -> Option<Arc<EncryptionContext>> {
        self.0.encryption_context()
    }

    fn decide(
        request: Authorized<GenerateDataKeyWithoutPlaintext>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GenerateDataKeyWithoutPlaintextResponse>, KmsError> {
        let (material, made) = request
            .0
            .generate("GenerateDataKeyWithoutPlaintext", call, view, with)?;
        let output = wire::GenerateDataKeyWithoutPlaintextResponse {
            ciphertext_blob: made.ciphertext_blob,
            key_id: made.key_id,
            key_material_id: made.key_material_id,
        };
        Ok(Decision::write(material.txn, output))
    }
}
