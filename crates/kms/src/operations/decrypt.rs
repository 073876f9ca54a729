//! `kms:Decrypt`: open a ciphertext, which itself says under which key it is.

use std::cell::OnceCell;

use kagiban_iam::{Authorized, Call, Decision, Denial, Denied, Operation, Requirement, With, hex};

use crate::envelope::Message;
use crate::spec::{KeyUsage, SYMMETRIC_DEFAULT};
use crate::standing::Needs;
use crate::{EncryptionContext, Found, KeyRef, KmsError, View, context, uuid, wire, with_context};

/// A ciphertext to open.
#[derive(Clone, Debug)]
pub struct Decrypt {
    ciphertext: Vec<u8>,
    context: EncryptionContext,
    /// AWS's word: which algorithms there are depends on the key.
    algorithm: String,
    key: Option<KeyRef>,
    dry_run: bool,
    /// The key that the request is about, once looked for: a request sees one snapshot only.
    found: OnceCell<Found>,
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
        let key = wire.key_id.map(|key| key.parse()).transpose()?;
        let ciphertext = wire.ciphertext_blob.ok_or(KmsError::InvalidCiphertext)?;
        let context = context::parse(wire.encryption_context)?;
        let algorithm = wire
            .encryption_algorithm
            .unwrap_or_else(|| SYMMETRIC_DEFAULT.to_owned());
        if algorithm != SYMMETRIC_DEFAULT && key.is_none() {
            // UNSURE: AWS's sentence; that the key has to be named is documented.
            let text = format!("KeyId is required with algorithm {algorithm}.");
            return Err(KmsError::Validation(text));
        }
        Ok(Decrypt {
            ciphertext,
            context,
            algorithm,
            key,
            dry_run: wire.dry_run.unwrap_or(false),
            found: OnceCell::new(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = self.find(call, view)?.requirement(Self::ACTION, call);
        let requirement = requirement.when("kms:encryptionalgorithm", self.algorithm.as_str());
        let requirement = match self.is_symmetric() {
            true => requirement.unnamed(),
            false => requirement,
        };
        Ok(vec![with_context(requirement, &self.context)])
    }

    fn encryption_context(&self) -> EncryptionContext {
        self.context.clone()
    }

    fn decide(
        request: Authorized<Decrypt>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DecryptResponse>, KmsError> {
        let found = request.find(call, view)?;
        found.demand(Needs::Use)?;
        if !request.is_symmetric() {
            return request.decrypt_asymmetrically(found, view, call);
        }
        if let Some(named) = &request.key
            && view.find(named, call)?.arn() != found.arn()
        {
            return Err(KmsError::IncorrectKey);
        }
        let message = request.message()?;
        let keyring = view.kms.keyring(found.scope).ok_or(KmsError::InvalidCiphertext)?;
        let material = keyring
            .material(&found.key.id, &message.address.material)
            .ok_or(KmsError::InvalidCiphertext)?;
        let key = material.message_key(view.domain, found.scope, &found.key.id, &message)?;
        let plaintext = message
            .open_with(&key, &request.context)
            .map_err(|_| KmsError::InvalidCiphertext)?;
        view.begin_use(found, "Decrypt", request.dry_run, call)?;
        Ok(Decision::read(wire::DecryptResponse {
            key_id: Some(found.arn().into()),
            plaintext: Some(plaintext),
            encryption_algorithm: Some(SYMMETRIC_DEFAULT.to_owned()),
            key_material_id: Some(hex(material.id())),
            ..Default::default()
        }))
    }

    /// A key that is known from the ciphertext only: a refusal does not even say that it exists.
    fn refused(denied: &Denied) -> Denial {
        Denial::Because(match denied.named {
            true => denied.sentence.clone(),
            false => KmsError::CiphertextKey.to_string(),
        })
    }
}

impl Decrypt {
    /// The same request, as another service makes it.
    pub fn new(ciphertext: Vec<u8>, context: EncryptionContext) -> Decrypt {
        Decrypt {
            ciphertext,
            context,
            algorithm: SYMMETRIC_DEFAULT.to_owned(),
            key: None,
            dry_run: false,
            found: OnceCell::new(),
        }
    }

    /// Whether the ciphertext itself says under which key it is.
    fn is_symmetric(&self) -> bool {
        self.algorithm == SYMMETRIC_DEFAULT
    }

    fn decrypt_asymmetrically(
        &self,
        found: &Found,
        view: &View<'_>,
        call: &Call<'_>,
    ) -> Result<Decision<wire::DecryptResponse>, KmsError> {
        found.demand_algorithm("Decrypt", KeyUsage::EncryptDecrypt, &self.algorithm)?;
        context::refuse(&self.context, &self.algorithm)?;
        let key = view.prepared(found)?.decryption()?;
        let plaintext = key.decrypt(&self.algorithm, &self.ciphertext)?;
        view.begin_use(found, "Decrypt", self.dry_run, call)?;
        Ok(Decision::read(wire::DecryptResponse {
            key_id: Some(found.arn().into()),
            plaintext: Some(plaintext),
            encryption_algorithm: Some(self.algorithm.clone()),
            ..Default::default()
        }))
    }

    fn message(&self) -> Result<Message<'_>, KmsError> {
        Message::parse(&self.ciphertext).map_err(|_| KmsError::InvalidCiphertext)
    }

    /// The key that is named with an asymmetric algorithm, else the one that the ciphertext claims;
    /// another Region's counts as absent.
    fn find(&self, call: &Call<'_>, view: &View<'_>) -> Result<&Found, KmsError> {
        if let Some(found) = self.found.get() {
            return Ok(found);
        }
        if let Some(named) = self.key.as_ref().filter(|_| !self.is_symmetric()) {
            let found = view.find(named, call)?;
            return Ok(self.found.get_or_init(|| found));
        }
        let address = self.message()?.address;
        if address.scope.region != call.scope.region {
            return Err(KmsError::CiphertextKey);
        }
        let found = view.key(address.scope, &uuid(address.key));
        let found = found.map_err(|_| KmsError::CiphertextKey)?;
        Ok(self.found.get_or_init(|| found))
    }
}
