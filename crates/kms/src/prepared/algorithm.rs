//! Signing algorithms by AWS's words, and what each makes of a message.

use aws_lc_rs::digest::{self, Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::error::Unspecified;

use crate::KmsError;

/// How to sign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SigningAlgorithm {
    /// RSA with PKCS #1 v1.5's padding.
    Pkcs1(Hash),
    /// RSA with PSS: the salt is as long as the digest, and MGF1 uses the same hash.
    Pss(Hash),
    /// ECDSA; the signature is a DER sequence.
    Ecdsa(Hash),
    /// Ed25519 of the message itself.
    Ed25519,
    /// Ed25519ph: the message is hashed first, the other way round from [`SigningAlgorithm::Ed25519`].
    Ed25519ph,
    /// ML-DSA with an empty context.
    MlDsa,
}

/// What the message is hashed with, if that is a step of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// What the caller says the message is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MessageType {
    /// The message itself.
    Raw,
    /// Its digest.
    Digest,
    /// What ML-DSA signs after its own first step.
    ExternalMu,
}

/// What the algorithm is to be given.
pub(crate) enum Content<'m> {
    Message(&'m [u8]),
    Digest(Digest),
}

impl MessageType {
    /// AWS's words; RAW if nothing is said.
    pub(crate) fn find(word: Option<&str>) -> Option<MessageType> {
        match word {
            None | Some("RAW") => Some(MessageType::Raw),
            Some("DIGEST") => Some(MessageType::Digest),
            Some("EXTERNAL_MU") => Some(MessageType::ExternalMu),
            Some(_) => None,
        }
    }

    /// AWS's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            MessageType::Raw => "RAW",
            MessageType::Digest => "DIGEST",
            MessageType::ExternalMu => "EXTERNAL_MU",
        }
    }
}

impl Hash {
    fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Hash::Sha256 => &SHA256,
            Hash::Sha384 => &SHA384,
            Hash::Sha512 => &SHA512,
        }
    }
}

impl SigningAlgorithm {
    /// The one that AWS's word means; none for those that this server does not have.
    pub(crate) fn find(word: &str) -> Option<SigningAlgorithm> {
        use Hash::{Sha256, Sha384, Sha512};
        use SigningAlgorithm::{Ecdsa, Ed25519, Ed25519ph, MlDsa, Pkcs1, Pss};

        Some(match word {
            "RSASSA_PKCS1_V1_5_SHA_256" => Pkcs1(Sha256),
            "RSASSA_PKCS1_V1_5_SHA_384" => Pkcs1(Sha384),
            "RSASSA_PKCS1_V1_5_SHA_512" => Pkcs1(Sha512),
            "RSASSA_PSS_SHA_256" => Pss(Sha256),
            "RSASSA_PSS_SHA_384" => Pss(Sha384),
            "RSASSA_PSS_SHA_512" => Pss(Sha512),
            "ECDSA_SHA_256" => Ecdsa(Sha256),
            "ECDSA_SHA_384" => Ecdsa(Sha384),
            "ECDSA_SHA_512" => Ecdsa(Sha512),
            "ED25519_SHA_512" => Ed25519,
            "ED25519_PH_SHA_512" => Ed25519ph,
            "ML_DSA_SHAKE_256" => MlDsa,
            _ => return None,
        })
    }

    /// Hashes the message, or takes its digest, as the caller says; `word` is the algorithm's.
    ///
    /// # Errors
    ///
    /// `ValidationException` for a digest of another length, in AWS's words, and for a type of
    /// message that the algorithm does not take.
    //
    // UNSURE: AWS's sentence for a type of message that does not suit.
    pub(crate) fn content<'m>(
        self,
        word: &str,
        kind: MessageType,
        message: &'m [u8],
    ) -> Result<Content<'m>, KmsError> {
        use MessageType::{ExternalMu, Raw};
        use SigningAlgorithm::{Ecdsa, Ed25519, Ed25519ph, MlDsa, Pkcs1, Pss};

        let length = || KmsError::Validation(format!("Digest is invalid length for algorithm {word}."));
        match (self, kind) {
            (Pkcs1(hash) | Pss(hash) | Ecdsa(hash), Raw) => {
                Ok(Content::Digest(digest::digest(hash.algorithm(), message)))
            }
            (Pkcs1(hash) | Pss(hash) | Ecdsa(hash), MessageType::Digest) => {
                let digest = Digest::import_less_safe(message, hash.algorithm());
                digest.map(Content::Digest).map_err(|Unspecified| length())
            }
            (Ed25519 | MlDsa, Raw) => Ok(Content::Message(message)),
            // What is given is hashed once more: AWS's "digest" is Ed25519ph's message.
            (Ed25519ph, MessageType::Digest) if message.len() == SHA512.output_len() => {
                Ok(Content::Message(message))
            }
            (Ed25519ph, MessageType::Digest) => Err(length()),
            // DIFFERS: refused because the library that signs has no door behind the first step.
            (MlDsa, ExternalMu) => Err(KmsError::Unsupported(
                "MessageType EXTERNAL_MU is not supported by this server.".to_owned(),
            )),
            (Pkcs1(_) | Pss(_) | Ecdsa(_) | Ed25519 | Ed25519ph | MlDsa, _) => Err(KmsError::Validation(
                format!("MessageType {} is not valid for algorithm {word}.", kind.as_str()),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{KeySpec, KeyUsage};

    fn content(word: &str, kind: MessageType, message: &[u8]) -> Result<(), KmsError> {
        let algorithm = SigningAlgorithm::find(word).unwrap();
        algorithm.content(word, kind, message).map(|_| ())
    }

    #[test]
    fn every_word_that_a_key_reports_is_known() {
        for spec in KeySpec::ALL {
            let signing = spec.algorithms(KeyUsage::SignVerify).unwrap_or_default().signing;
            assert!(signing.iter().all(|word| SigningAlgorithm::find(word).is_some()));
        }
        assert_eq!(SigningAlgorithm::find("SM2DSA"), None);
    }

    #[test]
    fn a_digest_has_the_length_of_the_algorithms_hash() {
        for (word, bytes) in [
            ("RSASSA_PSS_SHA_256", 32),
            ("RSASSA_PKCS1_V1_5_SHA_384", 48),
            ("ECDSA_SHA_512", 64),
            ("ED25519_PH_SHA_512", 64),
        ] {
            assert_eq!(content(word, MessageType::Digest, &vec![0; bytes]), Ok(()));
            for wrong in [1, bytes - 1, bytes + 1] {
                assert_eq!(
                    content(word, MessageType::Digest, &vec![0; wrong]).unwrap_err(),
                    KmsError::Validation(format!("Digest is invalid length for algorithm {word}."))
                );
            }
        }
    }

    #[test]
    fn each_algorithm_takes_the_types_of_message_that_aws_says() {
        use MessageType::{Digest, ExternalMu, Raw};

        for (word, kind) in [
            ("ED25519_SHA_512", Digest),
            ("ED25519_PH_SHA_512", Raw),
            ("ML_DSA_SHAKE_256", Digest),
            ("ECDSA_SHA_256", ExternalMu),
        ] {
            assert_eq!(
                content(word, kind, &[0; 64]).unwrap_err(),
                KmsError::Validation(format!(
                    "MessageType {} is not valid for algorithm {word}.",
                    kind.as_str()
                ))
            );
        }
        assert!(matches!(
            content("ML_DSA_SHAKE_256", ExternalMu, &[0; 64]),
            Err(KmsError::Unsupported(_))
        ));
    }
}
