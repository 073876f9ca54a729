use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

const SALT: usize = 32;
const ALGORITHM: &str = "SYMMETRIC_DEFAULT";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/8e0dbd9b-1a02-4c67-a4d8-0f2f3f0f9a11";

/// One symmetric key's messages: a salt, then AES-256-GCM under a key that is derived with it.
pub(super) struct Messages {
    material: [u8; 32],
}

/// Pairs that are authenticated and not encrypted.
type Context = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Encrypt<'a> {
    plaintext: &'a str,
    encryption_context: Context,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Encrypted {
    ciphertext_blob: String,
    encryption_algorithm: &'static str,
    key_id: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Decrypt<'a> {
    ciphertext_blob: &'a str,
    encryption_context: Context,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Decrypted {
    encryption_algorithm: &'static str,
    key_id: &'static str,
    plaintext: String,
}

impl Messages {
    pub(super) fn new() -> Messages {
        Messages { material: [7; 32] }
    }

    /// `target` is the header that names the operation.
    pub(super) fn answer(&self, target: &str, body: &[u8]) -> Result<Bytes> {
        Ok(match target {
            "TrentService.Encrypt" => {
                let asked: Encrypt<'_> = serde_json::from_slice(body)?;
                let text = BASE64_STANDARD.decode(asked.plaintext)?;
                serde_json::to_vec(&Encrypted {
                    ciphertext_blob: BASE64_STANDARD.encode(self.seal(text, &asked.encryption_context)?),
                    encryption_algorithm: ALGORITHM,
                    key_id: KEY,
                })?
            }
            "TrentService.Decrypt" => {
                let asked: Decrypt<'_> = serde_json::from_slice(body)?;
                let blob = BASE64_STANDARD.decode(asked.ciphertext_blob)?;
                serde_json::to_vec(&Decrypted {
                    encryption_algorithm: ALGORITHM,
                    key_id: KEY,
                    plaintext: BASE64_STANDARD.encode(self.open(&blob, &asked.encryption_context)?),
                })?
            }
            other => bail!("no such operation: {other}"),
        }
        .into())
    }

    fn seal(&self, mut text: Vec<u8>, context: &Context) -> Result<Vec<u8>> {
        let mut salt = [0; SALT];
        rand::fill(&mut salt)?;
        self.key(&salt)?
            .seal_in_place_append_tag(nonce(), aad(context), &mut text)?;
        Ok([&salt[..], &text].concat())
    }

    fn open(&self, blob: &[u8], context: &Context) -> Result<Vec<u8>> {
        let (salt, sealed) = blob.split_at_checked(SALT).context("too short")?;
        let mut opened = sealed.to_vec();
        let length = self
            .key(salt)?
            .open_in_place(nonce(), aad(context), &mut opened)?
            .len();
        opened.truncate(length);
        Ok(opened)
    }

    fn key(&self, salt: &[u8]) -> Result<LessSafeKey> {
        let root = Salt::new(HKDF_SHA256, salt).extract(&self.material);
        let derived = UnboundKey::from(root.expand(&[b"message"], &AES_256_GCM)?);
        Ok(LessSafeKey::new(derived))
    }
}

/// Each key has one message.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn aad(context: &Context) -> Aad<Vec<u8>> {
    let mut bytes = Vec::new();
    for text in context.iter().flat_map(|(name, value)| [name, value]) {
        bytes.extend_from_slice(&text.len().to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    Aad::from(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encrypted_is_decrypted_with_the_same_context_only() {
        let context = |team: &str| Context::from([("team".to_owned(), team.to_owned())]);
        let messages = Messages::new();
        let sealed = messages.seal(b"text".to_vec(), &context("bench")).unwrap();
        assert_eq!(messages.open(&sealed, &context("bench")).unwrap(), b"text");
        assert!(messages.open(&sealed, &context("other")).is_err());
    }
}
