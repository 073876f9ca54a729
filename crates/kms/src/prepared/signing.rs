//! Signatures: RSA, ECDSA, Ed25519 and ML-DSA.
//!
//! Source: KMS API Reference, `Sign`; FIPS 186-5 (RSA, ECDSA, Ed25519), FIPS 204 (ML-DSA).

use aws_lc_rs::digest::Digest;
use aws_lc_rs::encoding::{AsBigEndian as _, AsDer as _, PublicKeyX509Der};
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256K1_SHA256_ASN1,
    ECDSA_P256K1_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_ASN1_SIGNING,
    ECDSA_P521_SHA512_ASN1, ECDSA_P521_SHA512_ASN1_SIGNING, ED25519, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair as _, ML_DSA_44, ML_DSA_44_SIGNING, ML_DSA_65, ML_DSA_65_SIGNING, ML_DSA_87,
    ML_DSA_87_SIGNING, PqdsaKeyPair, PqdsaSigningAlgorithm, RsaEncoding, UnparsedPublicKey,
    VerificationAlgorithm,
};
use ed25519_dalek::{Digest as _, Sha512};
use zeroize::Zeroizing;

use super::algorithm::{Content, Hash, SigningAlgorithm};
use crate::KmsError;
use crate::spec::KeySpec;

/// A private key of Sign.
pub(crate) enum SigningKey {
    Rsa(rsa::KeyPair),
    Ecdsa(EcdsaKeyPair),
    Ed25519 {
        pure: Ed25519KeyPair,
        /// The same key for Ed25519ph, which aws-lc-rs does not have.
        prehashing: Box<ed25519_dalek::SigningKey>,
    },
    MlDsa(PqdsaKeyPair),
}

impl SigningKey {
    /// Reads PKCS#8; also gives the public key, as SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    ///
    /// `Internal` for keys of another kind or size.
    pub(super) fn parse(spec: KeySpec, pkcs8: &[u8]) -> Result<(SigningKey, Vec<u8>), KmsError> {
        use KeySpec::*;

        match spec {
            Rsa2048 | Rsa3072 | Rsa4096 => rsa_key(spec, pkcs8),
            EccNistP256 => ecdsa_key(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8),
            EccNistP384 => ecdsa_key(&ECDSA_P384_SHA384_ASN1_SIGNING, pkcs8),
            EccNistP521 => ecdsa_key(&ECDSA_P521_SHA512_ASN1_SIGNING, pkcs8),
            EccSecgP256k1 => ecdsa_key(&ECDSA_P256K1_SHA256_ASN1_SIGNING, pkcs8),
            EccNistEdwards25519 => ed25519_key(pkcs8),
            MlDsa44 => ml_dsa_key(&ML_DSA_44_SIGNING, pkcs8),
            MlDsa65 => ml_dsa_key(&ML_DSA_65_SIGNING, pkcs8),
            MlDsa87 => ml_dsa_key(&ML_DSA_87_SIGNING, pkcs8),
            SymmetricDefault | Hmac224 | Hmac256 | Hmac384 | Hmac512 => Err(Rejected),
        }
        .map_err(|Rejected| KmsError::Internal)
    }

    /// Signs.
    ///
    /// # Errors
    ///
    /// `Internal` for an algorithm of another kind of key, or if the library does not sign.
    pub(crate) fn sign(
        &self,
        algorithm: SigningAlgorithm,
        content: &Content<'_>,
    ) -> Result<Vec<u8>, KmsError> {
        use SigningAlgorithm::{Ecdsa, Ed25519, Ed25519ph, MlDsa, Pkcs1, Pss};

        let signed = match (self, algorithm, content) {
            (SigningKey::Rsa(pair), Pkcs1(hash), Content::Digest(digest)) => rsa(pair, pkcs1(hash), digest),
            (SigningKey::Rsa(pair), Pss(hash), Content::Digest(digest)) => rsa(pair, pss(hash), digest),
            (SigningKey::Ecdsa(pair), Ecdsa(_), Content::Digest(digest)) => pair
                .sign_digest(digest)
                .map(|signature| signature.as_ref().to_vec()),
            (SigningKey::Ed25519 { pure, .. }, Ed25519, Content::Message(message)) => pure
                .try_sign(message)
                .map(|signature| signature.as_ref().to_vec()),
            (SigningKey::Ed25519 { prehashing, .. }, Ed25519ph, Content::Message(message)) => prehashing
                .sign_prehashed(Sha512::new_with_prefix(message), None)
                .map(|signature| signature.to_bytes().to_vec())
                .map_err(|_| Unspecified),
            (SigningKey::MlDsa(pair), MlDsa, Content::Message(message)) => {
                let mut signature = vec![0; pair.algorithm().signature_len()];
                pair.sign(message, &mut signature).map(|_| signature)
            }
            _ => Err(Unspecified),
        };
        signed.map_err(|Unspecified| KmsError::Internal)
    }
}

/// Holds a signature against a message and a public key, SubjectPublicKeyInfo in DER.
///
/// # Errors
///
/// `InvalidSignature`, without saying what was wrong.
pub(crate) fn verify(
    spec: KeySpec,
    public: &[u8],
    algorithm: SigningAlgorithm,
    content: &Content<'_>,
    signature: &[u8],
) -> Result<(), KmsError> {
    let verified = match (algorithm, content) {
        (SigningAlgorithm::Ed25519ph, Content::Message(message)) => {
            verify_prehashed(public, message, signature)
        }
        (_, Content::Message(message)) => verification(spec, algorithm)
            .and_then(|checks| UnparsedPublicKey::new(checks, public).verify(message, signature)),
        (_, Content::Digest(digest)) => verification(spec, algorithm)
            .and_then(|checks| UnparsedPublicKey::new(checks, public).verify_digest(digest, signature)),
    };
    verified.map_err(|Unspecified| KmsError::InvalidSignature)
}

/// The document is not what it should be.
struct Rejected;

impl From<KeyRejected> for Rejected {
    fn from(_: KeyRejected) -> Rejected {
        Rejected
    }
}

impl From<Unspecified> for Rejected {
    fn from(_: Unspecified) -> Rejected {
        Rejected
    }
}

fn rsa_key(spec: KeySpec, pkcs8: &[u8]) -> Result<(SigningKey, Vec<u8>), Rejected> {
    let pair = rsa::KeyPair::from_pkcs8(pkcs8)?;
    if spec.rsa_bits() != Some(pair.public_modulus_len() * 8) {
        return Err(Rejected);
    }
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
    let public = public.as_ref().to_vec();
    Ok((SigningKey::Rsa(pair), public))
}

fn ecdsa_key(curve: &'static EcdsaSigningAlgorithm, pkcs8: &[u8]) -> Result<(SigningKey, Vec<u8>), Rejected> {
    let pair = EcdsaKeyPair::from_pkcs8(curve, pkcs8)?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
    let public = public.as_ref().to_vec();
    Ok((SigningKey::Ecdsa(pair), public))
}

fn ed25519_key(pkcs8: &[u8]) -> Result<(SigningKey, Vec<u8>), Rejected> {
    let pure = Ed25519KeyPair::from_pkcs8(pkcs8)?;
    let public: PublicKeyX509Der<'_> = pure.public_key().as_der()?;
    let public = public.as_ref().to_vec();
    let seed = Zeroizing::new(pure.seed()?.as_be_bytes()?.as_ref().to_vec());
    let prehashing = ed25519_dalek::SigningKey::try_from(&seed[..]).map_err(|_| Rejected)?;
    let prehashing = Box::new(prehashing);
    Ok((SigningKey::Ed25519 { pure, prehashing }, public))
}

fn ml_dsa_key(
    parameters: &'static PqdsaSigningAlgorithm,
    pkcs8: &[u8],
) -> Result<(SigningKey, Vec<u8>), Rejected> {
    let pair = PqdsaKeyPair::from_pkcs8(parameters, pkcs8)?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
    let public = public.as_ref().to_vec();
    Ok((SigningKey::MlDsa(pair), public))
}

fn rsa(
    pair: &rsa::KeyPair,
    encoding: &'static dyn RsaEncoding,
    digest: &Digest,
) -> Result<Vec<u8>, Unspecified> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign_digest(encoding, digest, &mut signature)?;
    Ok(signature)
}

fn pkcs1(hash: Hash) -> &'static dyn RsaEncoding {
    match hash {
        Hash::Sha256 => &signature::RSA_PKCS1_SHA256,
        Hash::Sha384 => &signature::RSA_PKCS1_SHA384,
        Hash::Sha512 => &signature::RSA_PKCS1_SHA512,
    }
}

fn pss(hash: Hash) -> &'static dyn RsaEncoding {
    match hash {
        Hash::Sha256 => &signature::RSA_PSS_SHA256,
        Hash::Sha384 => &signature::RSA_PSS_SHA384,
        Hash::Sha512 => &signature::RSA_PSS_SHA512,
    }
}

/// What checks the signatures of an algorithm under a kind of key.
fn verification(
    spec: KeySpec,
    algorithm: SigningAlgorithm,
) -> Result<&'static dyn VerificationAlgorithm, Unspecified> {
    use Hash::{Sha256, Sha384, Sha512};
    use KeySpec::{EccNistP256, EccNistP384, EccNistP521, EccSecgP256k1, MlDsa44, MlDsa65, MlDsa87};
    use SigningAlgorithm::{Ecdsa, Ed25519, MlDsa, Pkcs1, Pss};

    Ok(match (spec, algorithm) {
        (_, Pkcs1(Sha256)) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (_, Pkcs1(Sha384)) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (_, Pkcs1(Sha512)) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (_, Pss(Sha256)) => &signature::RSA_PSS_2048_8192_SHA256,
        (_, Pss(Sha384)) => &signature::RSA_PSS_2048_8192_SHA384,
        (_, Pss(Sha512)) => &signature::RSA_PSS_2048_8192_SHA512,
        (EccNistP256, Ecdsa(Sha256)) => &ECDSA_P256_SHA256_ASN1,
        (EccSecgP256k1, Ecdsa(Sha256)) => &ECDSA_P256K1_SHA256_ASN1,
        (EccNistP384, Ecdsa(Sha384)) => &ECDSA_P384_SHA384_ASN1,
        (EccNistP521, Ecdsa(Sha512)) => &ECDSA_P521_SHA512_ASN1,
        (_, Ed25519) => &ED25519,
        (MlDsa44, MlDsa) => &ML_DSA_44,
        (MlDsa65, MlDsa) => &ML_DSA_65,
        (MlDsa87, MlDsa) => &ML_DSA_87,
        _ => return Err(Unspecified),
    })
}

/// Ed25519ph, refusing keys of small order and signatures that could be written in two ways.
fn verify_prehashed(public: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Unspecified> {
    // INVARIANT: the SubjectPublicKeyInfo of RFC 8410 ends in the 32 bytes of the key.
    let public = public.last_chunk().ok_or(Unspecified)?;
    let public = ed25519_dalek::VerifyingKey::from_bytes(public).map_err(|_| Unspecified)?;
    let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| Unspecified)?;
    public
        .verify_prehashed_strict(Sha512::new_with_prefix(message), None, &signature)
        .map_err(|_| Unspecified)
}
