//! Key bytes made ready for work: a private key that has been parsed, an HMAC key that has been set up.
//!
//! Reading PKCS#8 and checking an RSA key costs more than a signature, so each generation of a key
//! is prepared once, at first use, and kept with its material. The libraries wipe their keys on drop.

mod agreement;
mod algorithm;
#[cfg(test)]
mod known_answers;
mod oaep;
mod signing;

use std::fmt;

use aws_lc_rs::hmac;

use crate::KmsError;
use crate::spec::{KeySpec, KeyUsage};

pub(crate) use agreement::AgreementKey;
pub(crate) use algorithm::{Content, MessageType, SigningAlgorithm};
pub(crate) use oaep::DecryptionKey;
pub(crate) use signing::{SigningKey, verify};

/// A key that is ready for what its usage says.
pub(crate) struct Prepared {
    secret: Ready,
    /// SubjectPublicKeyInfo in DER; empty for HMAC keys.
    public: Vec<u8>,
}

enum Ready {
    Signing(SigningKey),
    Decryption(DecryptionKey),
    Agreement(AgreementKey),
    Mac(Box<hmac::Key>),
}

impl Prepared {
    /// Reads key bytes: PKCS#8 of just this kind, or those of an HMAC key of just this length.
    ///
    /// # Errors
    ///
    /// `Internal` for bytes of another kind, and for symmetric keys, which have no use here.
    pub(crate) fn parse(spec: KeySpec, usage: KeyUsage, secret: &[u8]) -> Result<Prepared, KmsError> {
        let (secret, public) = match usage {
            KeyUsage::SignVerify => {
                let (key, public) = SigningKey::parse(spec, secret)?;
                (Ready::Signing(key), public)
            }
            KeyUsage::EncryptDecrypt => {
                let (key, public) = DecryptionKey::parse(spec, secret)?;
                (Ready::Decryption(key), public)
            }
            KeyUsage::KeyAgreement => {
                let (key, public) = AgreementKey::parse(spec, secret)?;
                (Ready::Agreement(key), public)
            }
            KeyUsage::GenerateVerifyMac => (Ready::Mac(Box::new(mac(spec, secret)?)), Vec::new()),
        };
        Ok(Prepared { secret, public })
    }

    /// Tries the key out: numbers that make an RSA key by their form alone can still belong to none.
    ///
    /// # Errors
    ///
    /// `Internal`, or what the work itself was refused with.
    pub(crate) fn prove(&self, spec: KeySpec) -> Result<(), KmsError> {
        if spec.rsa_bits().is_none() {
            return Ok(()); // the library has computed the public half itself
        }
        match &self.secret {
            Ready::Signing(key) => {
                let algorithm = SigningAlgorithm::find("RSASSA_PSS_SHA_256").ok_or(KmsError::Internal)?;
                let content = algorithm.content("RSASSA_PSS_SHA_256", MessageType::Raw, b"proof")?;
                let signature = key.sign(algorithm, &content)?;
                verify(spec, &self.public, algorithm, &content, &signature)
            }
            Ready::Decryption(key) => {
                let sealed = key.encrypt("RSAES_OAEP_SHA_256", b"proof")?;
                let opened = key.decrypt("RSAES_OAEP_SHA_256", &sealed)?;
                (opened.expose() == b"proof")
                    .then_some(())
                    .ok_or(KmsError::Internal)
            }
            Ready::Agreement(_) | Ready::Mac(_) => Ok(()),
        }
    }

    /// SubjectPublicKeyInfo in DER.
    pub(crate) fn public(&self) -> &[u8] {
        &self.public
    }

    /// The key of Sign.
    pub(crate) fn signing(&self) -> Result<&SigningKey, KmsError> {
        match &self.secret {
            Ready::Signing(key) => Ok(key),
            _ => Err(KmsError::Internal),
        }
    }

    /// The key of Encrypt and Decrypt with OAEP.
    pub(crate) fn decryption(&self) -> Result<&DecryptionKey, KmsError> {
        match &self.secret {
            Ready::Decryption(key) => Ok(key),
            _ => Err(KmsError::Internal),
        }
    }

    /// The key of DeriveSharedSecret.
    pub(crate) fn agreement(&self) -> Result<&AgreementKey, KmsError> {
        match &self.secret {
            Ready::Agreement(key) => Ok(key),
            _ => Err(KmsError::Internal),
        }
    }

    /// The key of GenerateMac and VerifyMac.
    pub(crate) fn mac(&self) -> Result<&hmac::Key, KmsError> {
        match &self.secret {
            Ready::Mac(key) => Ok(key),
            _ => Err(KmsError::Internal),
        }
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prepared(…)")
    }
}

/// Each HMAC key spec has one algorithm, with tags as long as the key.
fn mac(spec: KeySpec, secret: &[u8]) -> Result<hmac::Key, KmsError> {
    let algorithm = match spec {
        KeySpec::Hmac224 => hmac::HMAC_SHA224,
        KeySpec::Hmac256 => hmac::HMAC_SHA256,
        KeySpec::Hmac384 => hmac::HMAC_SHA384,
        KeySpec::Hmac512 => hmac::HMAC_SHA512,
        _ => return Err(KmsError::Internal),
    };
    if spec.mac_bytes() != Some(secret.len()) {
        return Err(KmsError::Internal);
    }
    Ok(hmac::Key::new(algorithm, secret))
}

#[cfg(test)]
mod tests {
    use kagiban_iam::Entropy;

    use super::*;
    use crate::private;

    /// Kinds that are quick to make.
    const QUICK: [KeySpec; 11] = [
        KeySpec::EccNistP256,
        KeySpec::EccNistP384,
        KeySpec::EccNistP521,
        KeySpec::EccSecgP256k1,
        KeySpec::EccNistEdwards25519,
        KeySpec::MlDsa44,
        KeySpec::MlDsa65,
        KeySpec::MlDsa87,
        KeySpec::Hmac224,
        KeySpec::Hmac512,
        KeySpec::Rsa2048,
    ];

    #[test]
    fn keys_as_they_are_made_are_ready_for_each_of_their_usages() {
        for spec in &QUICK {
            let secret = private::generate(*spec, &Entropy::system()).unwrap();
            for usage in KeyUsage::ALL {
                let prepared = Prepared::parse(*spec, *usage, &secret);
                assert_eq!(
                    prepared.is_ok(),
                    spec.algorithms(*usage).is_some(),
                    "{spec} {usage}"
                );
                assert_eq!(
                    prepared.is_ok_and(|prepared| !prepared.public().is_empty()),
                    spec.is_asymmetric() && spec.algorithms(*usage).is_some(),
                    "{spec} {usage}"
                );
            }
        }
    }

    #[test]
    fn bytes_of_another_kind_are_refused() {
        for made in QUICK {
            let secret = private::generate(made, &Entropy::system()).unwrap();
            // Any bytes of its length are an HMAC key.
            let others = KeySpec::ALL
                .iter()
                .filter(|spec| **spec != made && spec.mac_bytes() != Some(secret.len()));
            for spec in others {
                for usage in KeyUsage::ALL {
                    assert!(
                        Prepared::parse(*spec, *usage, &secret).is_err(),
                        "{made} as {spec} for {usage}"
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_of_a_key_is_printed() {
        let secret = private::generate(KeySpec::Hmac256, &Entropy::system()).unwrap();
        let prepared = Prepared::parse(KeySpec::Hmac256, KeyUsage::GenerateVerifyMac, &secret).unwrap();
        assert_eq!(format!("{prepared:?}"), "Prepared(…)");
    }

    /// Source: RFC 4231, test case 2, whose key is made as long as ours by the zeros that HMAC adds.
    #[test]
    fn hmac_gives_the_tags_of_rfc_4231() {
        let tags = [
            (
                KeySpec::Hmac224,
                "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
            ),
            (
                KeySpec::Hmac256,
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                KeySpec::Hmac384,
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e\
                 8e2240ca5e69e2c78b3239ecfab21649",
            ),
            (
                KeySpec::Hmac512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                 9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ];
        for (spec, tag) in tags {
            let mut key = b"Jefe".to_vec();
            key.resize(spec.mac_bytes().unwrap(), 0);
            let prepared = Prepared::parse(spec, KeyUsage::GenerateVerifyMac, &key).unwrap();
            let made = hmac::sign(prepared.mac().unwrap(), b"what do ya want for nothing?");
            assert_eq!(kagiban_iam::hex(made.as_ref()), tag, "{spec}");
        }
    }
}
