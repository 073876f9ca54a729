//! `kms:Decrypt`: open a ciphertext, which itself says under which key it is.

use std::cell::OnceCell;
use std::sync::Arc;

use kagiban_aws::SecretBytes;
use kagiban_iam::{Authorized, Call, Decision, Denial, Denied, Operation, Requirement, With, hex};

use crate::envelope::Message;
use crate::grants::GrantTokens;
use crate::spec::{KeyUsage, SYMMETRIC_DEFAULT};
use crate::standing::Needs;
use crate::{EncryptionContext, Found, KeyRef, KmsError, View, context, wire, with_context};

/// A ciphertext to open.
#[derive(Clone, Debug)]
pub struct Decrypt {
    /// None in a dry run that is about permissions only.
    ciphertext: Option<Vec<u8>>,
    pub(super) context: Arc<EncryptionContext>,
    /// AWS's word: which algorithms there are depends on the key.
    pub(super) algorithm: String,
    key: Option<KeyRef>,
    tokens: GrantTokens,
    pub(super) dry_run: bool,
    /// The key that the request is about, once looked for: a request sees one snapshot only.
    found: OnceCell<Found>,
}

/// What was in a ciphertext.
pub(super) struct Opened {
    pub(super) plaintext: SecretBytes,
    /// The generation of a symmetric key that it was under.
    pub(super) material: Option<String>,
}

impl Operation for Decrypt {
    const ACTION: &'static str = "kms:Decrypt";
    type Wire = wire::DecryptRequest;
    type Output = wire::DecryptResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DecryptRequest) -> Result<Decrypt, KmsError> {
        if wire.recipient.is_some() {
            return Err(KmsError::Validation("Recipient is not supported".to_owned()));
        }
        Decrypt::read(wire, "KeyId")
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        Ok(vec![self.requirement(Self::ACTION, call, view)?])
    }

    fn encryption_context(&self) -> Option<Arc<EncryptionContext>> {
        Some(self.context.clone())
    }

    fn decide(
        request: Authorized<Decrypt>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DecryptResponse>, KmsError> {
        let found = request.demand("Decrypt", call, view)?;
        let opened = request.open(found, view)?;
        view.begin_use(found, "Decrypt", request.dry_run, call)?;
        Ok(Decision::read(wire::DecryptResponse {
            key_id: Some(found.arn().into()),
            plaintext: Some(opened.plaintext),
            encryption_algorithm: Some(request.algorithm.clone()),
            key_material_id: opened.material,
            ..Default::default()
        }))
    }

    fn refused(denied: &Denied) -> Denial {
        refused(denied)
    }
}

/// A key that is known from the ciphertext only: a refusal does not even say that it exists.
pub(super) fn refused(denied: &Denied) -> Denial {
    Denial::Because(match denied.named {
        true => denied.sentence.clone(),
        false => KmsError::CiphertextKey.to_string(),
    })
}

impl Decrypt {
    /// The same request, as another service makes it.
    pub fn new(ciphertext: Vec<u8>, context: EncryptionContext) -> Decrypt {
        Decrypt {
            ciphertext: Some(ciphertext),
            context: Arc::new(context),
            algorithm: SYMMETRIC_DEFAULT.to_owned(),
            key: None,
            tokens: GrantTokens::default(),
            dry_run: false,
            found: OnceCell::new(),
        }
    }

    /// Reads what is to be opened; `member` is what the request calls the key.
    pub(super) fn read(wire: wire::DecryptRequest, member: &str) -> Result<Decrypt, KmsError> {
        let dry_run = wire.dry_run.unwrap_or(false);
        let modifiers = wire.dry_run_modifiers.unwrap_or_default();
        // The model has one modifier, for dry runs only.
        let ciphertext = match dry_run && !modifiers.is_empty() {
            true => None,
            false => Some(wire.ciphertext_blob.ok_or_else(no_ciphertext)?),
        };
        let key = wire.key_id.map(|key| key.parse()).transpose()?;
        let algorithm = wire.encryption_algorithm;
        let algorithm = algorithm.unwrap_or_else(|| SYMMETRIC_DEFAULT.to_owned());
        // UNSURE: AWS's sentences; that the key has to be named is documented.
        let lacks = |what: String| KmsError::Validation(format!("{member} is required with {what}."));
        if key.is_none() && ciphertext.is_none() {
            return Err(lacks("the dry run modifier IGNORE_CIPHERTEXT".to_owned()));
        }
        if key.is_none() && algorithm != SYMMETRIC_DEFAULT {
            return Err(lacks(format!("algorithm {algorithm}")));
        }
        Ok(Decrypt {
            ciphertext,
            context: context::parse(wire.encryption_context)?,
            algorithm,
            key,
            tokens: GrantTokens::parse(wire.grant_tokens),
            dry_run,
            found: OnceCell::new(),
        })
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
        let requirement = match self.is_told_by_ciphertext() {
            true => requirement.unnamed(),
            false => requirement,
        };
        Ok(with_context(requirement, &self.context))
    }

    /// The key, if it can open anything like this. `operation` is its bare name.
    pub(super) fn demand(
        &self,
        operation: &str,
        call: &Call<'_>,
        view: &View<'_>,
    ) -> Result<&Found, KmsError> {
        let found = self.find(call, view)?;
        found.demand(Needs::Use)?;
        found.demand_algorithm(operation, KeyUsage::EncryptDecrypt, &self.algorithm)?;
        if !self.is_symmetric() {
            context::refuse(&self.context, &self.algorithm)?;
        }
        Ok(found)
    }

    /// Opens the ciphertext.
    ///
    /// # Errors
    ///
    /// `InvalidCiphertext`; `DryRun` if there is nothing to open.
    pub(super) fn open(&self, found: &Found, view: &View<'_>) -> Result<Opened, KmsError> {
        let ciphertext = self.ciphertext.as_deref().ok_or(KmsError::DryRun)?;
        if !self.is_symmetric() {
            let key = view.prepared(found)?.decryption()?;
            return Ok(Opened {
                plaintext: key.decrypt(&self.algorithm, ciphertext)?,
                material: None,
            });
        }
        let message = message(ciphertext)?;
        let keyring = view.kms.keyring(found.scope).ok_or(KmsError::InvalidCiphertext)?;
        let material = keyring
            .material(&found.key.id, &message.address.material)
            .ok_or(KmsError::InvalidCiphertext)?;
        let key = material.message_key(view.domain, found.scope, &found.key.id, &message)?;
        let plaintext = message
            .open_with(&key, &self.context)
            .map_err(|_| KmsError::InvalidCiphertext)?;
        Ok(Opened {
            plaintext,
            material: Some(hex(material.id())),
        })
    }

    fn is_symmetric(&self) -> bool {
        self.algorithm == SYMMETRIC_DEFAULT
    }

    /// Whether the ciphertext itself says under which key it is.
    fn is_told_by_ciphertext(&self) -> bool {
        self.is_symmetric() && self.ciphertext.is_some()
    }

    /// The key that the ciphertext claims, else the one that is named.
    fn find(&self, call: &Call<'_>, view: &View<'_>) -> Result<&Found, KmsError> {
        if let Some(found) = self.found.get() {
            return Ok(found);
        }
        let found = match (&self.ciphertext, &self.key) {
            (Some(ciphertext), key) if self.is_symmetric() => {
                let claimed = claimed(ciphertext, call, view);
                match key {
                    Some(named) => as_named(claimed, view.find(named, call)?)?,
                    None => claimed?,
                }
            }
            (_, Some(named)) => view.find(named, call)?,
            (_, None) => return Err(KmsError::InvalidCiphertext),
        };
        Ok(self.found.get_or_init(|| found))
    }
}

/// The model leaves it out for dry runs only, so it cannot demand it by itself.
fn no_ciphertext() -> KmsError {
    let text = "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: \
                Member must not be null";
    KmsError::Validation(text.to_owned())
}

/// The key that a ciphertext claims to be under.
fn claimed(ciphertext: &[u8], call: &Call<'_>, view: &View<'_>) -> Result<Found, KmsError> {
    view.addressed(&message(ciphertext)?.address, call)
}

/// The key as it is named: by an alias perhaps, which policies may ask for. Of a key that the caller
/// does not mean nothing is said, not even whether there is one.
fn as_named(claimed: Result<Found, KmsError>, named: Found) -> Result<Found, KmsError> {
    match claimed {
        Ok(claimed) if claimed.arn() == named.arn() => Ok(named),
        Err(KmsError::InvalidCiphertext) => Err(KmsError::InvalidCiphertext),
        _ => Err(KmsError::IncorrectKey),
    }
}

fn message(ciphertext: &[u8]) -> Result<Message<'_>, KmsError> {
    Message::parse(ciphertext).map_err(|_| KmsError::InvalidCiphertext)
}
