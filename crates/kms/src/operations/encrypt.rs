//! `kms:Encrypt`: encrypt up to 4 KiB under a key.

use kagiban_aws::SecretBytes;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::spec::{KeyUsage, SYMMETRIC_DEFAULT};
use crate::standing::Needs;
use crate::{EncryptionContext, Found, KeyRef, KmsError, View, context, wire, with_context};

/// What to encrypt, and under which key.
#[derive(Clone, Debug)]
pub struct Encrypt {
    key: KeyRef,
    plaintext: SecretBytes,
    /// AWS's word: which algorithms there are depends on the key.
    algorithm: String,
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
            algorithm: wire
                .encryption_algorithm
                .unwrap_or_else(|| SYMMETRIC_DEFAULT.to_owned()),
            context: context::parse(wire.encryption_context)?,
            dry_run: wire.dry_run.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = view.find(&self.key, call)?.requirement(Self::ACTION, call);
        let requirement = requirement.when("kms:encryptionalgorithm", self.algorithm.as_str());
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
        found.demand_algorithm("Encrypt", KeyUsage::EncryptDecrypt, &request.algorithm)?;
        if !found.key.spec.is_symmetric() {
            return request.encrypt_asymmetrically(&found, view, call);
        }
        view.begin_use(&found, "Encrypt", request.dry_run, call)?;
        let material = view.material(&found, with.entropy)?;
        let ciphertext = material.seal(&found, request.plaintext.expose(), &request.context, with.entropy);
        let output = wire::EncryptResponse {
            ciphertext_blob: Some(ciphertext),
            key_id: Some(found.arn().into()),
            encryption_algorithm: Some(SYMMETRIC_DEFAULT.to_owned()),
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
            algorithm: SYMMETRIC_DEFAULT.to_owned(),
            context,
            dry_run: false,
        }
    }

    fn encrypt_asymmetrically(
        &self,
        found: &Found,
        view: &View<'_>,
        call: &Call<'_>,
    ) -> Result<Decision<wire::EncryptResponse>, KmsError> {
        context::refuse(&self.context, &self.algorithm)?;
        let key = view.prepared(found)?.decryption()?;
        let ciphertext = key.encrypt(&self.algorithm, self.plaintext.expose())?;
        view.begin_use(found, "Encrypt", self.dry_run, call)?;
        Ok(Decision::read(wire::EncryptResponse {
            ciphertext_blob: Some(ciphertext),
            key_id: Some(found.arn().into()),
            encryption_algorithm: Some(self.algorithm.clone()),
        }))
    }
}
