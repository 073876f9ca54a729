//! `kms:Decrypt`: open a ciphertext, which itself says under which key it is.

use std::cell::OnceCell;

use kagiban_iam::{Authorized, Call, Decision, Denial, Denied, Operation, Requirement, With, hex};

use crate::envelope::Message;
use crate::standing::Needs;
use crate::{EncryptionContext, Found, KeyRef, KmsError, View, context, uuid, wire, with_context};

/// A ciphertext to open.
#[derive(Clone, Debug)]
pub struct Decrypt {
    ciphertext: Vec<u8>,
    context: EncryptionContext,
    key: Option<KeyRef>,
    dry_run: bool,
    /// The key that the ciphertext claims, once looked for: a request sees one snapshot only.
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
        Ok(Decrypt {
            ciphertext,
            context,
            key,
            dry_run: wire.dry_run.unwrap_or(false),
            found: OnceCell::new(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let requirement = self.find(call, view)?.requirement(Self::ACTION, call);
        let requirement = requirement.when("kms:encryptionalgorithm", "SYMMETRIC_DEFAULT");
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
        if request.dry_run {
            return Err(KmsError::DryRun);
        }
        Ok(Decision::read(wire::DecryptResponse {
            key_id: Some(found.arn().into()),
            plaintext: Some(plaintext),
            encryption_algorithm: Some("SYMMETRIC_DEFAULT".to_owned()),
            key_material_id: Some(hex(material.id())),
            ..Default::default()
        }))
    }

    /// The key is known from the ciphertext only, so a refusal does not even say that it exists.
    fn refused(_denied: &Denied) -> Denial {
        Denial::Because(KmsError::CiphertextKey.to_string())
    }
}

impl Decrypt {
    /// The same request, as another service makes it.
    pub fn new(ciphertext: Vec<u8>, context: EncryptionContext) -> Decrypt {
        Decrypt {
            ciphertext,
            context,
            key: None,
            dry_run: false,
            found: OnceCell::new(),
        }
    }

    fn message(&self) -> Result<Message<'_>, KmsError> {
        Message::parse(&self.ciphertext).map_err(|_| KmsError::InvalidCiphertext)
    }

    /// The key that the ciphertext claims; another Region's counts as absent.
    fn find(&self, call: &Call<'_>, view: &View<'_>) -> Result<&Found, KmsError> {
        if let Some(found) = self.found.get() {
            return Ok(found);
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
