//! `kms:Encrypt`: encrypt up to 4 KiB under a key.

use std::cell::OnceCell;
use std::sync::Arc;

use kagiban_aws::SecretBytes;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::grants::GrantTokens;
use crate::spec::{KeyUsage, SYMMETRIC_DEFAULT};
use crate::standing::Needs;
use crate::{EncryptionContext, Found, KeyRef, KmsError, View, context, wire, with_context};

/// What to encrypt, and under which key.
#[derive(Clone, Debug)]
pub struct Encrypt {
    key: KeyRef,
    tokens: GrantTokens,
    plaintext: SecretBytes,
    /// AWS's word: which algorithms there are depends on the key.
    pub(super) algorithm: String,
    pub(super) context: Arc<EncryptionContext>,
    dry_run: bool,
    /// The key, once looked for: a request sees one snapshot only.
    found: OnceCell<Found>,
}

/// A new ciphertext.
pub(super) struct Sealed {
    pub(super) ciphertext: Vec<u8>,
    /// The generation of a symmetric key that it is under.
    pub(super) material: Option<[u8; 32]>,
    /// What has to be written for the key to exist; empty for keys that do.
    pub(super) txn: Txn,
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
            tokens: GrantTokens::parse(wire.grant_tokens),
            plaintext: wire.plaintext.unwrap_or_default(),
            algorithm: wire
                .encryption_algorithm
                .unwrap_or_else(|| SYMMETRIC_DEFAULT.to_owned()),
            context: context::parse(wire.encryption_context)?,
            dry_run: wire.dry_run.unwrap_or(false),
            found: OnceCell::new(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![self.requirement(Self::ACTION, call, view)?])
    }

    fn encryption_context(&self) -> Option<Arc<EncryptionContext>> {
        Some(self.context.clone())
    }

    fn decide(
        request: Authorized<Encrypt>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::EncryptResponse>, KmsError> {
        let found = request.demand("Encrypt", call, view)?;
        let sealed = request.seal(found, &request.plaintext, view, with)?;
        view.begin_use(found, "Encrypt", request.dry_run, call)?;
        let output = wire::EncryptResponse {
            ciphertext_blob: Some(sealed.ciphertext),
            key_id: Some(found.arn().into()),
            encryption_algorithm: Some(request.algorithm.clone()),
        };
        Ok(Decision::write(sealed.txn, output))
    }
}

impl Encrypt {
    /// The same request, as another service makes it.
    pub fn new(key: KeyRef, plaintext: SecretBytes, context: EncryptionContext) -> Encrypt {
        Encrypt {
            key,
            tokens: GrantTokens::default(),
            plaintext,
            algorithm: SYMMETRIC_DEFAULT.to_owned(),
            context: Arc::new(context),
            dry_run: false,
            found: OnceCell::new(),
        }
    }

    pub(super) fn requirement(
        &self,
        action: &'static str,
        call: &Call<'_>,
        view: &View<'_>,
    ) -> Result<Requirement, KmsError> {
        let found = self.find(call, view)?;
        self.tokens.check(call, view)?;
        let requirement = found.requirement(action, call);
        let requirement = requirement.when("kms:encryptionalgorithm", self.algorithm.as_str());
        Ok(with_context(requirement, &self.context))
    }

    /// The key, if it can encrypt like this. `operation` is its bare name.
    pub(super) fn demand(
        &self,
        operation: &str,
        call: &Call<'_>,
        view: &View<'_>,
    ) -> Result<&Found, KmsError> {
        let found = self.find(call, view)?;
        found.demand(Needs::Use)?;
        found.demand_algorithm(operation, KeyUsage::EncryptDecrypt, &self.algorithm)?;
        if !found.key.spec.is_symmetric() {
            context::refuse(&self.context, &self.algorithm)?;
        }
        Ok(found)
    }

    fn find(&self, call: &Call<'_>, view: &View<'_>) -> Result<&Found, KmsError> {
        if let Some(found) = self.found.get() {
            return Ok(found);
        }
        let found = view.find(&self.key, call)?;
        Ok(self.found.get_or_init(|| found))
    }

    /// Encrypts under the key that was found.
    pub(super) fn seal(
        &self,
        found: &Found,
        plaintext: &SecretBytes,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Sealed, KmsError> {
        if !found.key.spec.is_symmetric() {
            let key = view.prepared(found)?.decryption()?;
            return Ok(Sealed {
                ciphertext: key.encrypt(&self.algorithm, plaintext.expose())?,
                material: None,
                txn: Txn::new(),
            });
        }
        let material = view.material(found, with.entropy)?;
        Ok(Sealed {
            ciphertext: material.seal(found, plaintext.expose(), &self.context, with.entropy),
            material: Some(material.id),
            txn: material.txn,
        })
    }
}
