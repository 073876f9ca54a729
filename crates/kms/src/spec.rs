//! Kinds of keys: what a key is made of, and what it may be used for.
//!
//! Source: KMS API Reference, `CreateKey`, KeySpec and KeyUsage.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::KmsError;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// AWS's word for it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }

            /// The one that a word means; none for words of AWS's that this server does not have.
            pub fn find(word: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                Self::find(&word).ok_or_else(|| {
                    serde::de::Error::custom(concat!("not a ", stringify!($name), " of this server"))
                })
            }
        }

        impl FromStr for $name {
            type Err = KmsError;

            fn from_str(word: &str) -> Result<Self, KmsError> {
                Self::find(word).ok_or_else(|| {
                    KmsError::Unsupported(format!(concat!(stringify!($name), " {} is not supported."), word))
                })
            }
        }
    };
}

pub(crate) use words;

words! {
    /// What a key is made of.
    KeySpec {
        /// AES-256-GCM; the only kind whose ciphertexts say which key they are under.
        SymmetricDefault = "SYMMETRIC_DEFAULT",
        /// RSA with 2048 bits.
        Rsa2048 = "RSA_2048",
        /// RSA with 3072 bits.
        Rsa3072 = "RSA_3072",
        /// RSA with 4096 bits.
        Rsa4096 = "RSA_4096",
        /// NIST P-256.
        EccNistP256 = "ECC_NIST_P256",
        /// NIST P-384.
        EccNistP384 = "ECC_NIST_P384",
        /// NIST P-521.
        EccNistP521 = "ECC_NIST_P521",
        /// secp256k1.
        EccSecgP256k1 = "ECC_SECG_P256K1",
        /// Ed25519.
        EccNistEdwards25519 = "ECC_NIST_EDWARDS25519",
        /// HMAC with 28 bytes.
        Hmac224 = "HMAC_224",
        /// HMAC with 32 bytes.
        Hmac256 = "HMAC_256",
        /// HMAC with 48 bytes.
        Hmac384 = "HMAC_384",
        /// HMAC with 64 bytes.
        Hmac512 = "HMAC_512",
        /// ML-DSA-44.
        MlDsa44 = "ML_DSA_44",
        /// ML-DSA-65.
        MlDsa65 = "ML_DSA_65",
        /// ML-DSA-87.
        MlDsa87 = "ML_DSA_87",
    }
}

words! {
    /// What a key may be used for; fixed when it is made.
    KeyUsage {
        /// Encrypt, Decrypt, ReEncrypt and data keys.
        EncryptDecrypt = "ENCRYPT_DECRYPT",
        /// Sign and Verify.
        SignVerify = "SIGN_VERIFY",
        /// GenerateMac and VerifyMac.
        GenerateVerifyMac = "GENERATE_VERIFY_MAC",
        /// DeriveSharedSecret.
        KeyAgreement = "KEY_AGREEMENT",
    }
}

words! {
    /// Where a key's material comes from.
    Origin {
        /// This server made it.
        AwsKms = "AWS_KMS",
        /// Its owner imports it.
        External = "EXTERNAL",
    }
}

/// The algorithm of symmetric keys, and of Encrypt and Decrypt where nothing is said.
pub(crate) const SYMMETRIC_DEFAULT: &str = "SYMMETRIC_DEFAULT";

/// What a key can do, by AWS's words: one list is filled, as its usage says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Algorithms {
    /// Of Encrypt and Decrypt.
    pub encryption: &'static [&'static str],
    /// Of Sign and Verify.
    pub signing: &'static [&'static str],
    /// Of GenerateMac and VerifyMac.
    pub mac: &'static [&'static str],
    /// Of DeriveSharedSecret.
    pub key_agreement: &'static [&'static str],
}

impl KeySpec {
    /// Whether its ciphertexts are envelopes, its material is 32 bytes and it can be rotated.
    pub fn is_symmetric(self) -> bool {
        self == KeySpec::SymmetricDefault
    }

    /// Whether there is a public key.
    pub fn is_asymmetric(self) -> bool {
        !self.is_symmetric() && self.mac_bytes().is_none()
    }

    /// Bits of the modulus, for RSA.
    pub fn rsa_bits(self) -> Option<usize> {
        match self {
            KeySpec::Rsa2048 => Some(2048),
            KeySpec::Rsa3072 => Some(3072),
            KeySpec::Rsa4096 => Some(4096),
            _ => None,
        }
    }

    /// Bytes of an HMAC key and of its tags.
    pub fn mac_bytes(self) -> Option<usize> {
        match self {
            KeySpec::Hmac224 => Some(28),
            KeySpec::Hmac256 => Some(32),
            KeySpec::Hmac384 => Some(48),
            KeySpec::Hmac512 => Some(64),
            _ => None,
        }
    }

    /// What a key of this kind can do when it is made for `usage`; none if the two do not go together.
    pub fn algorithms(self, usage: KeyUsage) -> Option<Algorithms> {
        use KeySpec::*;
        use KeyUsage::*;

        let encryption = |encryption| Algorithms {
            encryption,
            ..Algorithms::default()
        };
        let signing = |signing| Algorithms {
            signing,
            ..Algorithms::default()
        };
        let mac = |mac| Algorithms {
            mac,
            ..Algorithms::default()
        };
        Some(match (self, usage) {
            (SymmetricDefault, EncryptDecrypt) => encryption(&[SYMMETRIC_DEFAULT]),
            (Rsa2048 | Rsa3072 | Rsa4096, EncryptDecrypt) => {
                encryption(&["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"])
            }
            (Rsa2048 | Rsa3072 | Rsa4096, SignVerify) => signing(&[
                "RSASSA_PKCS1_V1_5_SHA_256",
                "RSASSA_PKCS1_V1_5_SHA_384",
                "RSASSA_PKCS1_V1_5_SHA_512",
                "RSASSA_PSS_SHA_256",
                "RSASSA_PSS_SHA_384",
                "RSASSA_PSS_SHA_512",
            ]),
            (EccNistP256 | EccSecgP256k1, SignVerify) => signing(&["ECDSA_SHA_256"]),
            (EccNistP384, SignVerify) => signing(&["ECDSA_SHA_384"]),
            (EccNistP521, SignVerify) => signing(&["ECDSA_SHA_512"]),
            (EccNistEdwards25519, SignVerify) => signing(&["ED25519_SHA_512", "ED25519_PH_SHA_512"]),
            (MlDsa44 | MlDsa65 | MlDsa87, SignVerify) => signing(&["ML_DSA_SHAKE_256"]),
            (EccNistP256 | EccNistP384 | EccNistP521, KeyAgreement) => Algorithms {
                key_agreement: &["ECDH"],
                ..Algorithms::default()
            },
            (Hmac224, GenerateVerifyMac) => mac(&["HMAC_SHA_224"]),
            (Hmac256, GenerateVerifyMac) => mac(&["HMAC_SHA_256"]),
            (Hmac384, GenerateVerifyMac) => mac(&["HMAC_SHA_384"]),
            (Hmac512, GenerateVerifyMac) => mac(&["HMAC_SHA_512"]),
            _ => return None,
        })
    }
}

/// The two words of CreateKey as one kind.
///
/// # Errors
///
/// `ValidationException` in AWS's words for usages that are left out or do not suit; for kinds that
/// only AWS has, `UnsupportedOperationException`.
pub fn kind(spec: Option<&str>, usage: Option<&str>) -> Result<(KeySpec, KeyUsage), KmsError> {
    let spec: KeySpec = spec.unwrap_or("SYMMETRIC_DEFAULT").parse()?;
    let usage: KeyUsage = match usage {
        Some(usage) => usage.parse()?,
        None if spec.is_symmetric() => KeyUsage::EncryptDecrypt,
        None => {
            return Err(KmsError::Validation(
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
                    .to_owned(),
            ));
        }
    };
    match spec.algorithms(usage) {
        Some(_) => Ok((spec, usage)),
        None => Err(KmsError::Validation(format!(
            "KeyUsage {usage} is not compatible with KeySpec {spec}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_without_a_usage_is_a_symmetric_one() {
        assert_eq!(
            kind(None, None),
            Ok((KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt))
        );
        assert_eq!(
            kind(Some("RSA_2048"), None).unwrap_err().to_string(),
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
        );
    }

    #[test]
    fn a_usage_that_does_not_suit_is_refused_in_awss_words() {
        assert_eq!(
            kind(Some("RSA_2048"), Some("KEY_AGREEMENT"))
                .unwrap_err()
                .to_string(),
            "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048"
        );
        assert!(kind(Some("ECC_SECG_P256K1"), Some("KEY_AGREEMENT")).is_err());
        assert!(kind(Some("SYMMETRIC_DEFAULT"), Some("SIGN_VERIFY")).is_err());
    }

    #[test]
    fn every_kind_suits_some_usage_and_is_read_as_it_is_written() {
        for spec in KeySpec::ALL {
            assert!(
                KeyUsage::ALL
                    .iter()
                    .any(|usage| spec.algorithms(*usage).is_some())
            );
            assert_eq!(spec.as_str().parse(), Ok(*spec));
        }
    }

    #[test]
    fn kinds_that_only_aws_has_are_unsupported() {
        for spec in ["SM2", "ML_KEM_768"] {
            assert!(matches!(
                kind(Some(spec), Some("SIGN_VERIFY")),
                Err(KmsError::Unsupported(_))
            ));
        }
    }
}
