//! SecureStrings: values that only KMS can open, with the caller's own rights.
//!
//! In the standard tier the value itself is a KMS ciphertext, as on AWS. The advanced tier allows
//! more than KMS encrypts at once, so the value lies under a data key in an envelope:
//!
//! ```text
//! version 1 │ length 2 │ encrypted data key │ nonce 12 │ AES-256-GCM
//! ```
//!
//! Both are bound to the parameter's ARN, so a ciphertext is worth nothing under another name.
//
// DIFFERS: AWS writes advanced SecureStrings as messages of its Encryption SDK; the envelope here is
// our own, because nobody but Parameter Store reads it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use kagiban_aws::{Arn, SecretBytes, SecretString};
use kagiban_iam::{Call, Decision, Operation as _, Requirement, With};
use kagiban_kms::envelope::{Address, Message};
use kagiban_kms::operations::{Decrypt, Encrypt, GenerateDataKey};
use kagiban_kms::{CallError, EncryptionContext, KeyRef};
use kagiban_store::Txn;
use zeroize::Zeroizing;

use crate::records::{Secured, Value};
use crate::tier::Tier;
use crate::{ParameterError, ParameterName, View};

/// The key of SecureStrings that name none; KMS makes it at first use.
pub(crate) const DEFAULT_KEY: &str = "alias/aws/ssm";

const VERSION: u8 = 1;

/// One parameter's dealings with KMS, for one caller.
pub(crate) struct Vault<'a> {
    pub(crate) arn: Arn,
    pub(crate) call: &'a Call<'a>,
    pub(crate) view: &'a View<'a>,
    pub(crate) with: &'a With<'a>,
}

impl Vault<'_> {
    /// Encrypts a value under the key that the caller named; the transaction makes the default key
    /// if this is its first use.
    ///
    /// # Errors
    ///
    /// `InvalidKey` or `AccessDenied`, in KMS's words.
    pub(crate) fn seal(
        &self,
        value: &SecretString,
        key: &str,
        tier: Tier,
    ) -> Result<Decision<Secured>, ParameterError> {
        let named: KeyRef = key
            .parse()
            .map_err(|error: kagiban_kms::KmsError| self.refusal(error.into()))?;
        let plaintext = value.expose().as_bytes();
        let sealed = match tier {
            Tier::Standard => self.encrypt(&named, plaintext)?,
            Tier::Advanced => self.seal_envelope(&named, plaintext)?,
        };
        let key = key.into();
        Ok(sealed.map(|blob| Secured {
            key,
            blob: blob.into(),
        }))
    }

    /// Decrypts a value.
    ///
    /// # Errors
    ///
    /// As [`Vault::seal`]; `Internal` if what is kept is not what was sealed.
    pub(crate) fn open(&self, secured: &Secured, tier: Tier) -> Result<SecretString, ParameterError> {
        let plaintext = match tier {
            Tier::Standard => self.decrypt(secured.blob.to_vec())?,
            Tier::Advanced => self.open_envelope(&secured.blob)?,
        };
        let text = std::str::from_utf8(plaintext.expose()).map_err(|_| ParameterError::Internal)?;
        Ok(text.to_owned().into())
    }

    fn encrypt(&self, key: &KeyRef, plaintext: &[u8]) -> Result<Decision<Vec<u8>>, ParameterError> {
        let encrypt = Encrypt::new(key.clone(), plaintext.to_vec().into(), self.context());
        let sealed = kagiban_kms::call(encrypt, &self.call.via("ssm"), &self.view.kms(), self.with);
        let Decision { txn, output } = sealed.map_err(|error| self.refusal(error))?;
        let blob = output.ciphertext_blob.ok_or(ParameterError::Internal)?;
        Ok(Decision::write(self.while_it_stands(key, txn)?, blob))
    }

    /// The same transaction, provided the key stays as it is seen: so nothing is written under a key whose
    /// deletion has been scheduled meanwhile. Uses of a key do not change its record, so writers under one
    /// key do not get in each other's way. A key that is made here has its condition already.
    fn while_it_stands(&self, key: &KeyRef, mut txn: Txn) -> Result<Txn, ParameterError> {
        let found = self.view.kms().find(key, &self.call.via("ssm"));
        let found = found.map_err(|error| self.refusal(error.into()))?;
        if found.revision.is_some() {
            txn.merge(kagiban_kms::View::unchanged(&found));
        }
        Ok(txn)
    }

    fn decrypt(&self, blob: Vec<u8>) -> Result<SecretBytes, ParameterError> {
        let decrypt = Decrypt::new(blob, self.context());
        let opened = kagiban_kms::call(decrypt, &self.call.via("ssm"), &self.view.kms(), self.with);
        let opened = opened.map_err(|error| self.refusal(error))?.output;
        opened.plaintext.ok_or(ParameterError::Internal)
    }

    fn seal_envelope(&self, key: &KeyRef, plaintext: &[u8]) -> Result<Decision<Vec<u8>>, ParameterError> {
        let generate = GenerateDataKey::new(key.clone(), self.context());
        let made = kagiban_kms::call(generate, &self.call.via("ssm"), &self.view.kms(), self.with);
        let Decision { txn, output } = made.map_err(|error| self.refusal(error))?;
        let (Some(wrapped), Some(data_key)) = (output.ciphertext_blob, output.plaintext) else {
            return Err(ParameterError::Internal);
        };
        let txn = self.while_it_stands(key, txn)?;
        self.written(txn, &wrapped, &data_key, plaintext)
    }

    fn written(
        &self,
        txn: Txn,
        wrapped: &[u8],
        data_key: &SecretBytes,
        plaintext: &[u8],
    ) -> Result<Decision<Vec<u8>>, ParameterError> {
        let length = u16::try_from(wrapped.len()).map_err(|_| ParameterError::Internal)?;
        let mut envelope = vec![VERSION];
        envelope.extend_from_slice(&length.to_be_bytes());
        envelope.extend_from_slice(wrapped);
        let aad = self.aad(&envelope);
        let nonce = self.with.entropy.bytes::<NONCE_LEN>();
        let mut body = plaintext.to_vec();
        cipher(data_key)?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body)
            .map_err(|_| ParameterError::Internal)?;
        envelope.extend_from_slice(&nonce);
        envelope.append(&mut body);
        Ok(Decision::write(txn, envelope))
    }

    fn open_envelope(&self, envelope: &[u8]) -> Result<SecretBytes, ParameterError> {
        let Envelope {
            head,
            wrapped,
            nonce,
            body,
        } = Envelope::parse(envelope).ok_or(ParameterError::Internal)?;
        let data_key = self.decrypt(wrapped.to_vec())?;
        let mut plaintext = Zeroizing::new(body.to_vec());
        let length = cipher(&data_key)?
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                self.aad(head),
                &mut plaintext,
            )
            .map_err(|_| ParameterError::Internal)?
            .len();
        plaintext.truncate(length);
        Ok(std::mem::take(&mut *plaintext).into())
    }

    /// Policies, grants and the audit see it, and their authors rely on its one pair.
    fn context(&self) -> EncryptionContext {
        EncryptionContext::from([("PARAMETER_ARN".to_owned(), self.arn.to_string())])
    }

    /// The head has a length of its own, so no two pairs of head and ARN look alike.
    fn aad(&self, head: &[u8]) -> Aad<Vec<u8>> {
        Aad::from([b"ssm-envelope-v1", head, self.arn.as_str().as_bytes()].concat())
    }

    /// KMS's refusal as Parameter Store puts it: its sentence, and where it comes from.
    fn refusal(&self, CallError { code, message }: CallError) -> ParameterError {
        let request = self.with.entropy.uuid();
        let message = if message.is_empty() {
            "null".to_owned()
        } else {
            message
        };
        let message = format!(
            "{message} (Service: AWSKMS; Status Code: 400; Error Code: {code}; Request ID: {request}; Proxy: null)"
        );
        match code {
            "AccessDeniedException" => ParameterError::AccessDenied(message),
            "KMSInternalException" => ParameterError::Internal,
            _ => ParameterError::InvalidKey(message),
        }
    }
}

impl View<'_> {
    /// What an action on a parameter takes of KMS, as far as the parameter's newest version tells:
    /// to read a SecureString is to decrypt, to write another version of it is to encrypt. Nothing for
    /// other parameters and actions.
    pub fn of_kms(&self, action: &str, name: &ParameterName, call: &Call<'_>) -> Vec<Requirement> {
        let Some(parameter) = self.parameter(call.scope, name, call.facts.now) else {
            return Vec::new();
        };
        let Value::SecureString(secured) = &parameter.current.value else {
            return Vec::new();
        };
        let context =
            EncryptionContext::from([("PARAMETER_ARN".to_owned(), name.arn(call.scope).to_string())]);
        let (call, kms) = (&call.via("ssm"), &self.kms());
        let advanced = parameter.current.tier == Tier::Advanced;
        let required = match action.to_ascii_lowercase().as_str() {
            "ssm:getparameter"
            | "ssm:getparameters"
            | "ssm:getparametersbypath"
            | "ssm:getparameterhistory" => {
                let wrapped = Envelope::parse(&secured.blob).filter(|_| advanced);
                let blob = wrapped.map_or(&*secured.blob, |envelope| envelope.wrapped);
                Decrypt::new(blob.to_vec(), context).requirements(call, kms)
            }
            "ssm:putparameter" => secured.key.parse().and_then(|key| match advanced {
                true => GenerateDataKey::new(key, context).requirements(call, kms),
                false => Encrypt::new(key, Vec::new().into(), context).requirements(call, kms),
            }),
            _ => return Vec::new(),
        };
        required.unwrap_or_default() // a key that is gone is no question of rights
    }
}

impl Secured {
    /// The key that opens it, as its ciphertext says; none if that is no ciphertext of KMS's.
    pub(crate) fn address(&self, tier: Tier) -> Option<Address> {
        let blob = match tier {
            Tier::Standard => &*self.blob,
            Tier::Advanced => Envelope::parse(&self.blob)?.wrapped,
        };
        Some(Message::parse(blob).ok()?.address)
    }
}

fn cipher(data_key: &SecretBytes) -> Result<LessSafeKey, ParameterError> {
    let key = UnboundKey::new(&AES_256_GCM, data_key.expose()).map_err(|_| ParameterError::Internal)?;
    Ok(LessSafeKey::new(key))
}

/// An envelope's parts, not yet believed.
struct Envelope<'e> {
    head: &'e [u8],
    wrapped: &'e [u8],
    nonce: [u8; NONCE_LEN],
    body: &'e [u8],
}

impl<'e> Envelope<'e> {
    fn parse(envelope: &'e [u8]) -> Option<Envelope<'e>> {
        let (&[version, high, low], rest) = envelope.split_first_chunk()?;
        let (wrapped, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([high, low])))?;
        let head = &envelope[..envelope.len() - rest.len()];
        let (nonce, body) = rest.split_first_chunk()?;
        (version == VERSION).then_some(Envelope {
            head,
            wrapped,
            nonce: *nonce,
            body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_taken_apart_as_it_was_put_together() {
        let bytes = [&[1, 0, 2, 7, 8][..], &[9; 12], &[5]].concat();
        let envelope = Envelope::parse(&bytes).unwrap();
        assert_eq!((envelope.head, envelope.wrapped), (&bytes[..5], &[7, 8][..]));
        assert_eq!((envelope.nonce, envelope.body), ([9; 12], &[5][..]));
    }

    #[test]
    fn cut_envelopes_are_none() {
        let bytes = [&[1, 0, 2, 7, 8][..], &[9; 12]].concat();
        assert!((0..bytes.len()).all(|length| Envelope::parse(&bytes[..length]).is_none()));
    }
}
