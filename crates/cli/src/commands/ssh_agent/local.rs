//! Keys from SecureStrings, which sign in this process.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512,
};
use kagiban_aws::SecretString;
use ssh_key::EcdsaCurve;
use ssh_key::private::{EcdsaKeypair, KeypairData};
use ssh_key::public::KeyData;
use zeroize::Zeroizing;

use super::key::{Key, Signs, unusable};
use super::locked::Closed;
use super::openssh::{File, Private};
use super::signature::Scheme;
use super::{openssh, rsa};
use crate::failure::Failure;
use crate::parameters::Parameters;
use crate::platform::memory::on_wiped_stack;
use crate::style::safe;
use crate::{output, prompt};

/// What opens a key that has a passphrase.
#[derive(Clone, Debug)]
pub(super) enum Passphrase {
    Known(SecretString),
    /// The person at the terminal is asked, if there may be one.
    Asked {
        may_ask: bool,
    },
}

/// How often a person may try.
const TRIES: u32 = 3;

/// Reads a parameter's key.
///
/// # Errors
///
/// If the parameter cannot be read, is not encrypted, or has no key that can be used.
pub(super) fn load(parameters: &Parameters, name: &str, passphrase: &Passphrase) -> Result<Private, Failure> {
    on_wiped_stack(|| parse(name, secret(parameters, name)?.expose(), passphrase))
}

/// The value of a SecureString.
///
/// # Errors
///
/// If it cannot be read, or is something else.
pub(super) fn secret(parameters: &Parameters, name: &str) -> Result<SecretString, Failure> {
    let parameter = parameters.get(name, true)?;
    if parameter.kind != "SecureString" {
        return Err(unusable(
            name,
            &format!(
                "it is a {}; a private key belongs in a SecureString",
                parameter.kind
            ),
        ));
    }
    Ok(parameter.value)
}

/// Understands a private key in OpenSSH's format.
fn parse(name: &str, text: &str, passphrase: &Passphrase) -> Result<Private, Failure> {
    if !text.contains("BEGIN OPENSSH PRIVATE KEY") {
        return Err(unusable(
            name,
            &"it is not in OpenSSH's format, to which `ssh-keygen -p -f FILE` brings it",
        ));
    }
    // Shells lose the last line break, and some editors add carriage returns.
    let mut whole = Zeroizing::new(String::with_capacity(text.len() + 1));
    for line in text.trim().lines() {
        whole.extend([line.trim_end(), "\n"]);
    }
    match openssh::read(&whole).map_err(|closed| unusable(name, &closed))? {
        File::Locked(container) => unlock(name, &container, passphrase),
        File::Open(private) => Ok(private),
    }
}

fn unlock(name: &str, container: &[u8], passphrase: &Passphrase) -> Result<Private, Failure> {
    let question = match passphrase {
        Passphrase::Known(passphrase) => {
            return openssh::unlock(container, passphrase).map_err(|closed| unusable(name, &closed));
        }
        Passphrase::Asked { may_ask: true } => format!("Passphrase of {}: ", safe(name)),
        Passphrase::Asked { may_ask: false } => {
            let text = format!(
                "the key `{name}` has a passphrase and nobody can be asked here; --passphrase-param names a SecureString with it"
            );
            return Err(Failure::Human(text));
        }
    };
    let mut last = Closed::Passphrase;
    for _ in 0..TRIES {
        match openssh::unlock(container, &prompt::secret_on_terminal(&question)?) {
            Ok(key) => return Ok(key),
            Err(Closed::Passphrase) => output::remark("that is not its passphrase"),
            Err(closed) => {
                last = closed;
                break;
            }
        }
    }
    Err(unusable(name, &last))
}

/// A key that signs here; `name` is what it is known by if it has no comment.
///
/// # Errors
///
/// If it cannot sign.
pub(super) fn key(name: &str, private: Private) -> Result<Key, Failure> {
    let (public, label) = on_wiped_stack(|| known(name, &private))?;
    Key::new(public, &label, Box::new(Local(private)))
}

/// The public half of a key that signs, and what it is known by.
fn known(name: &str, private: &Private) -> Result<(KeyData, String), Failure> {
    let key = private.key().map_err(|closed| unusable(name, &closed))?;
    if signer(key.key_data()).is_none() {
        return Err(unusable(
            name,
            &"its numbers do not fit together, or it is of another kind than Ed25519, ECDSA and RSA",
        ));
    }
    let label = Some(key.comment()).filter(|comment| !comment.is_empty());
    let label = label.unwrap_or(name).to_owned();
    Ok((key.public_key().key_data().clone(), label))
}

/// A key that is made ready for each signature and forgotten again, so that only its one copy lasts.
struct Local(Private);

impl Signs for Local {
    fn sign(&self, scheme: Scheme, data: &[u8]) -> Result<Vec<u8>, Failure> {
        on_wiped_stack(|| {
            let key = self.0.key().map_err(|_| failed())?;
            signer(key.key_data()).ok_or_else(failed)?.sign(scheme, data)
        })
    }
}

fn signer(key: &KeypairData) -> Option<Box<dyn Signs>> {
    Some(match key {
        KeypairData::Ed25519(pair) => {
            let seed = Zeroizing::new(pair.private.to_bytes());
            let pair = Ed25519KeyPair::from_seed_and_public_key(&*seed, &pair.public.0);
            Box::new(pair.ok()?)
        }
        KeypairData::Ecdsa(pair) => Box::new(ecdsa(pair)?),
        KeypairData::Rsa(pair) => Box::new(RsaKeyPair::from_der(&rsa::pkcs1(pair)?).ok()?),
        _ => return None,
    })
}

fn ecdsa(pair: &EcdsaKeypair) -> Option<EcdsaKeyPair> {
    let algorithm = match pair.curve() {
        EcdsaCurve::NistP256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
        EcdsaCurve::NistP384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
        EcdsaCurve::NistP521 => &ECDSA_P521_SHA512_ASN1_SIGNING,
    };
    EcdsaKeyPair::from_private_key_and_public_key(
        algorithm,
        pair.private_key_bytes(),
        pair.public_key_bytes(),
    )
    .ok()
}

impl Signs for Ed25519KeyPair {
    fn sign(&self, _: Scheme, data: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(Ed25519KeyPair::sign(self, data).as_ref().to_vec())
    }
}

impl Signs for EcdsaKeyPair {
    fn sign(&self, _: Scheme, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let signature = EcdsaKeyPair::sign(self, &SystemRandom::new(), data);
        Ok(signature.map_err(|_| failed())?.as_ref().to_vec())
    }
}

impl Signs for RsaKeyPair {
    fn sign(&self, scheme: Scheme, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let padding = match scheme {
            Scheme::RsaSha512 => &RSA_PKCS1_SHA512,
            _ => &RSA_PKCS1_SHA256,
        };
        let mut signature = vec![0; self.public_modulus_len()];
        RsaKeyPair::sign(self, padding, &SystemRandom::new(), data, &mut signature).map_err(|_| failed())?;
        Ok(signature)
    }
}

fn failed() -> Failure {
    Failure::Setting("the key does not sign".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Made for this test alone.
    const ED25519: &str = include_str!("ed25519.key");

    fn parsed(text: &str) -> Result<Private, Failure> {
        parse("/keys/deploy", text, &Passphrase::Asked { may_ask: false })
    }

    #[test]
    fn a_key_with_a_passphrase_wants_it() {
        let locked = include_str!("locked.key");
        let refused = parsed(locked).err().unwrap();
        assert!(matches!(refused, Failure::Human(_)), "{refused}");
        let known = |text: &str| Passphrase::Known(text.to_owned().into());
        assert!(parse("x", locked, &known("example")).is_ok());
        let refused = parse("x", locked, &known("hunter2")).err().unwrap().to_string();
        assert_eq!(refused, "the key `x` cannot be used: the passphrase is wrong");
    }

    #[test]
    fn a_key_is_understood_also_without_its_last_line_break_and_with_carriage_returns() {
        for text in [
            ED25519.to_owned(),
            ED25519.trim_end().to_owned(),
            ED25519.replace('\n', "\r\n"),
        ] {
            let key = key("/keys/deploy", parsed(&text).unwrap()).unwrap();
            assert!(
                key.authorized_line().unwrap().ends_with(" example"),
                "the comment is kept"
            );
            assert_eq!(key.sign(b"data", 0).unwrap().len(), 4 + 11 + 4 + 64);
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        let pem = "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\n";
        for text in ["hunter2", pem, &ED25519.replace("AAAA", "AAhunter2AA")] {
            let refused = parsed(text).err().unwrap().to_string();
            assert!(
                refused.starts_with("the key `/keys/deploy` cannot be used"),
                "{refused}"
            );
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn a_changed_key_is_refused_or_understood(at in 36_usize..380, byte in "[A-Za-z0-9+/\n=]") {
            let mut text = ED25519.to_owned();
            if at < text.len() {
                text.replace_range(at..=at, &byte);
            }
            if let Ok(read) = parsed(&text) {
                let _ = key("x", read);
            }
        }
    }
}
