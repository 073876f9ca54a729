//! `kms:GenerateDataKeyPair`: make a key pair for use elsewhere, its private key also encrypted.

use std::sync::Arc;

use kagiban_aws::SecretBytes;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::grants::GrantTokens;
use crate::prepared::Prepared;
use crate::spec::{KeySpec, KeyUsage};
use crate::standing::Needs;
use crate::{EncryptionContext, KeyRef, KmsError, Usable, View, context, private, wire, with_context};

/// A key pair to be made.
#[derive(Clone, Debug)]
pub struct GenerateDataKeyPair {
    key: KeyRef,
    tokens: GrantTokens,
    spec: KeySpec,
    context: Arc<EncryptionContext>,
    dry_run: bool,
}

impl Operation for GenerateDataKeyPair {
    const ACTION: &'static str = "kms:GenerateDataKeyPair";
    type Wire = wire::GenerateDataKeyPairRequest;
    type Output = wire::GenerateDataKeyPairResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GenerateDataKeyPairRequest) -> Result<GenerateDataKeyPair, KmsError> {
        if wire.recipient.is_some() {
            return Err(KmsError::Validation("Recipient is not supported".to_owned()));
        }
        let spec = wire.key_pair_spec.unwrap_or_default();
        // Kinds of pairs that only AWS has are not among the specs at all.
        let known = KeySpec::find(&spec).filter(|known| is_for_pairs(*known));
        Ok(GenerateDataKeyPair {
            key: wire.key_id.unwrap_or_default().parse()?,
            tokens: GrantTokens::parse(wire.grant_tokens),
            spec: known
                .ok_or_else(|| KmsError::Unsupported(format!("KeyPairSpec {spec} is not supported.")))?,
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

    /// RSA keys are searched for.
    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        !self.dry_run && self.spec.rsa_bits().is_some()
    }

    fn decide(
        request: Authorized<GenerateDataKeyPair>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GenerateDataKeyPairResponse>, KmsError> {
        let (material, output) = request.generate("GenerateDataKeyPair", call, view, with)?;
        Ok(Decision::write(material.txn, output))
    }
}

impl GenerateDataKeyPair {
    pub(super) fn requirement(
        &self,
        action: &'static str,
        call: &Call<'_>,
        view: &View<'_>,
    ) -> Result<Requirement, KmsError> {
        let requirement = view
            .find_with(&self.tokens, &self.key, call)?
            .requirement(action, call);
        let requirement = requirement
            .when("kms:encryptionalgorithm", "SYMMETRIC_DEFAULT")
            .when("kms:datakeypairspec", self.spec.as_str());
        Ok(with_context(requirement, &self.context))
    }

    /// `operation` is its bare name.
    pub(super) fn generate(
        &self,
        operation: &str,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<(Usable, wire::GenerateDataKeyPairResponse), KmsError> {
        let found = view.find(&self.key, call)?;
        found.demand(Needs::Use)?;
        found.demand_algorithm(operation, KeyUsage::EncryptDecrypt, "SYMMETRIC_DEFAULT")?;
        view.begin_use(&found, operation, self.dry_run, call)?;
        let pkcs8 = private::generate(self.spec, with.entropy)?;
        let public = Prepared::parse(self.spec, KeyUsage::SignVerify, &pkcs8)?
            .public()
            .to_vec();
        let material = view.material(&found, with.entropy)?;
        let ciphertext = material.seal(&found, &pkcs8, &self.context, with.entropy);
        let output = wire::GenerateDataKeyPairResponse {
            private_key_ciphertext_blob: Some(ciphertext),
            private_key_plaintext: Some(SecretBytes::from(pkcs8.to_vec())),
            public_key: Some(public),
            key_id: Some(found.arn().into()),
            key_pair_spec: Some(self.spec.to_string()),
            key_material_id: Some(kagiban_iam::hex(&material.id)),
            ..Default::default()
        };
        Ok((material, output))
    }
}

/// RSA and elliptic curves; AWS makes no pairs of ML-DSA.
fn is_for_pairs(spec: KeySpec) -> bool {
    use KeySpec::*;

    match spec {
        Rsa2048 | Rsa3072 | Rsa4096 | EccNistP256 | EccNistP384 | EccNistP521 | EccSecgP256k1
        | EccNistEdwards25519 => true,
        SymmetricDefault | Hmac224 | Hmac256 | Hmac384 | Hmac512 | MlDsa44 | MlDsa65 | MlDsa87 => false,
    }
}
