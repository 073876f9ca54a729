//! `kms:Encrypt`: encrypt up to 4 KiB under a key.

use kagiban_aws::SecretBytes;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::spec::KeyUsage;
use crate::standing::Needs;
use crate::{EncryptionContext, KeyRef, KmsError, View, context, wire, with_context};

/// What to encrypt, and under which key.
#[derive(Clone, Debug)]
pub struct Encrypt {
    key: KeyRef,
    plaintext: SecretBytes,
    context: EncryptionContext,
    dry_run: bool,
}

impl Operation for Encrypt {
    const ACTION: &'static str = "kms:Encrypt";
    type Wire = wire::EncryptRequest;
    type Output = wire::EncryptResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::EncryptRequest) -> Result<Encrypt, KmsError> {
        Ok(Encrypt {
            key: wire.key_id.unwrap_or_default().parse()?,
            plaintext: wire.plaintext.unwrap_or_default(),
            context: context::parse(wire.encryption_context)?,
            dry_run: wire.dry_run.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = view.find(&self.key, call)?.requirement(Self::ACTION, call);
        let requirement = requirement.when("kms:encryptionalgorithm", "SYMMETRIC_DEFAULT");
        Ok(vec![with_context(requirement, &self.context)])
    }

    fn encryption_context(&self) -> EncryptionContext {
        self.context.clone()
    }

    fn decide(
        request: Authorized<Encrypt>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::EncryptResponse>, KmsError> {
        let found = view.find(&request.key, call)?;
        found.demand(Needs::Use)?;
        found.demand_algorithm("Encrypt", KeyUsage::EncryptDecrypt, "SYMMETRIC_DEFAULT")?;
        if request.dry_run {
            return Err(KmsError::DryRun);
        }
        let material = view.material(&found, with.entropy)?;
        let ciphertext = material.seal(&found, request.plaintext.expose(), &request.context, with.entropy);
        let output = wire::EncryptResponse {
            ciphertext_blob: Some(ciphertext),
            key_id: Some(found.arn().into()),
            encryption_algorithm: Some("SYMMETRIC_DEFAULT".to_owned()),
        };
        Ok(Decision::write(material.txn, output))
    }
}

impl Encrypt {
    /// The same request, as another service makes it.
    pub fn new(key: KeyRef, plaintext: SecretBytes, context: EncryptionContext) -> Encrypt {
        Encrypt {
            key,
            plaintext,
            context,
            dry_run: false,
        }
    }
}
