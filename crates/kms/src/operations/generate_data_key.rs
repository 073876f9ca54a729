//! `kms:GenerateDataKey`: make a key for data, in the clear and encrypted.

use std::sync::Arc;

use kagiban_aws::SecretBytes;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::grants::GrantTokens;
use crate::spec::KeyUsage;
use crate::standing::Needs;
use crate::{EncryptionContext, KeyRef, KmsError, Usable, View, context, wire, with_context};

/// A data key to be made.
#[derive(Clone, Debug)]
pub struct GenerateDataKey {
    pub(super) key: KeyRef,
    tokens: GrantTokens,
    pub(super) bytes: usize,
    pub(super) context: Arc<EncryptionContext>,
    dry_run: bool,
}

impl Operation for GenerateDataKey {
    const ACTION: &'static str = "kms:GenerateDataKey";
    type Wire = wire::GenerateDataKeyRequest;
    type Output = wire::GenerateDataKeyResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GenerateDataKeyRequest) -> Result<GenerateDataKey, KmsError> {
        if wire.recipient.is_some() {
            return Err(KmsError::Validation("Recipient is not supported".to_owned()));
        }
        Ok(GenerateDataKey {
            key: wire.key_id.unwrap_or_default().parse()?,
            tokens: GrantTokens::parse(wire.grant_tokens),
            bytes: length(wire.key_spec.as_deref(), wire.number_of_bytes)?,
            context: context::parse(wire.encryption_context)?,
            dry_run: wire.dry_run.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![self.requirement(Self::ACTION, call, view)?])
    }

    fn encryption_context(&self) -> Option<Arc<EncryptionContext>> {
        Some(self.context.clone())
    }

    fn decide(
        request: Authorized<GenerateDataKey>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GenerateDataKeyResponse>, KmsError> {
        let (material, output) = request.generate("GenerateDataKey", call, view, with)?;
        Ok(Decision::write(material.txn, output))
    }
}

impl GenerateDataKey {
    /// The same request for 32 bytes, as another service makes it.
    pub fn new(key: KeyRef, context: EncryptionContext) -> GenerateDataKey {
        GenerateDataKey {
            key,
            tokens: GrantTokens::default(),
            bytes: 32,
            context: Arc::new(context),
            dry_run: false,
        }
    }

    pub(super) fn requirement(
        &self,
        action: &'static str,
        call: &Call<'_>,
        view: &View<'_>,
    ) -> Result<Requirement, KmsError> {
        let requirement = view
            .find_with(&self.tokens, &self.key, call)?
            .requirement(action, call);
        Ok(with_context(
            requirement.when("kms:encryptionalgorithm", "SYMMETRIC_DEFAULT"),
            &self.context,
        ))
    }

    pub(super) fn generate(
        &self,
        operation: &str,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<(Usable, wire::GenerateDataKeyResponse), KmsError> {
        let found = view.find(&self.key, call)?;
        found.demand(Needs::Use)?;
        found.demand_algorithm(operation, KeyUsage::EncryptDecrypt, "SYMMETRIC_DEFAULT")?;
        view.begin_use(&found, operation, self.dry_run, call)?;
        let mut plaintext = vec![0; self.bytes];
        with.entropy.fill(&mut plaintext);
        let plaintext = SecretBytes::from(plaintext);
        let material = view.material(&found, with.entropy)?;
        let ciphertext = material.seal(&found, plaintext.expose(), &self.context, with.entropy);
        let output = wire::GenerateDataKeyResponse {
            ciphertext_blob: Some(ciphertext),
            plaintext: Some(plaintext),
            key_id: Some(found.arn().into()),
            key_material_id: Some(kagiban_iam::hex(&material.id)),
            ..Default::default()
        };
        Ok((material, output))
    }
}

/// How long the data key shall be: told by one of two members.
pub(super) fn length(spec: Option<&str>, bytes: Option<i32>) -> Result<usize, KmsError> {
    let one = "Please specify either number of bytes or key spec.";
    match (spec, bytes) {
        (Some("AES_256"), None) => Ok(32),
        (Some(_), None) => Ok(16),
        (None, Some(bytes)) => usize::try_from(bytes).map_err(|_| KmsError::Validation(one.to_owned())),
        _ => Err(KmsError::Validation(one.to_owned())),
    }
}
