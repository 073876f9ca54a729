//! KMS keys: the public half is read once, and every signature is asked of the server.
//!
//! What is signed is hashed here where the algorithm lets it be, so that the server is told no more than
//! it needs.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::json;
use ssh_key::Mpint;
use ssh_key::public::{EcdsaPublicKey, Ed25519PublicKey, KeyData, RsaPublicKey};

use super::der;
use super::key::{Key, Signs, unusable};
use super::signature::Scheme;
use crate::call::Client;
use crate::endpoint::{Service, Target};
use crate::failure::Failure;

/// The longest message that KMS signs without its being hashed before.
const MAX_RAW: usize = 4096;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PublicHalf {
    key_id: String,
    public_key: String,
    key_spec: String,
    key_usage: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Signed {
    signature: String,
}

struct Remote {
    client: Client,
    /// The ARN, so that an alias that moves meanwhile changes nothing.
    key: String,
}

/// Finds a KMS key.
///
/// # Errors
///
/// If the server refuses, or the key cannot sign for SSH.
pub(super) fn load(target: &Target, id: &str) -> Result<Key, Failure> {
    let client = target.client(Service::Kms)?;
    let half: PublicHalf = client.call("GetPublicKey", &json!({"KeyId": id}))?;
    if half.key_usage != "SIGN_VERIFY" {
        return Err(unusable(id, &"it is not a key that signs"));
    }
    let spki = BASE64_STANDARD
        .decode(&half.public_key)
        .map_err(|error| Failure::Answer(error.to_string()))?;
    let public = public(&half.key_spec, &spki)
        .ok_or_else(|| unusable(id, &format!("SSH has no keys of the kind {}", half.key_spec)))?;
    let remote = Remote {
        client,
        key: half.key_id,
    };
    Key::new(public, id, Box::new(remote))
}

/// The public key out of a `SubjectPublicKeyInfo`.
fn public(spec: &str, spki: &[u8]) -> Option<KeyData> {
    let (info, _) = der::read(der::SEQUENCE, spki)?;
    let (_, rest) = der::read(der::SEQUENCE, info)?;
    let (bits, _) = der::read(der::BIT_STRING, rest)?;
    let bits = bits.strip_prefix(&[0])?;
    match spec {
        "ECC_NIST_P256" | "ECC_NIST_P384" | "ECC_NIST_P521" => {
            EcdsaPublicKey::from_sec1_bytes(bits).ok().map(KeyData::Ecdsa)
        }
        "ECC_NIST_EDWARDS25519" => Some(KeyData::Ed25519(Ed25519PublicKey(bits.try_into().ok()?))),
        "RSA_2048" | "RSA_3072" | "RSA_4096" => {
            let (numbers, _) = der::read(der::SEQUENCE, bits)?;
            let (n, rest) = der::read(der::INTEGER, numbers)?;
            let (e, _) = der::read(der::INTEGER, rest)?;
            Some(KeyData::Rsa(RsaPublicKey {
                e: Mpint::from_bytes(e).ok()?,
                n: Mpint::from_bytes(n).ok()?,
            }))
        }
        _ => None,
    }
}

impl Signs for Remote {
    fn sign(&self, scheme: Scheme, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let (algorithm, hash) = match scheme {
            Scheme::Ed25519 => ("ED25519_SHA_512", None),
            Scheme::P256 => ("ECDSA_SHA_256", Some(&digest::SHA256)),
            Scheme::P384 => ("ECDSA_SHA_384", Some(&digest::SHA384)),
            Scheme::P521 => ("ECDSA_SHA_512", Some(&digest::SHA512)),
            Scheme::RsaSha256 => ("RSASSA_PKCS1_V1_5_SHA_256", Some(&digest::SHA256)),
            Scheme::RsaSha512 => ("RSASSA_PKCS1_V1_5_SHA_512", Some(&digest::SHA512)),
        };
        let (kind, message) = match hash {
            Some(hash) => ("DIGEST", digest::digest(hash, data).as_ref().to_vec()),
            None if data.len() > MAX_RAW => {
                let text = format!("KMS signs {MAX_RAW} bytes at most with an Ed25519 key");
                return Err(Failure::Usage(text));
            }
            None => ("RAW", data.to_vec()),
        };
        let body = json!({
            "KeyId": self.key,
            "Message": BASE64_STANDARD.encode(message),
            "MessageType": kind,
            "SigningAlgorithm": algorithm,
        });
        let signed: Signed = self.client.call("Sign", &body)?;
        BASE64_STANDARD
            .decode(signed.signature)
            .map_err(|error| Failure::Answer(error.to_string()))
    }
}
