//! Key bytes of every kind: how they are made, and the one form in which private keys are kept.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256K1_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING,
    ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, ML_DSA_44_SIGNING,
    ML_DSA_65_SIGNING, ML_DSA_87_SIGNING, PqdsaKeyPair, PqdsaSigningAlgorithm,
};
use kagiban_iam::Entropy;
use zeroize::Zeroizing;

use crate::KmsError;
use crate::material::Secret;
use crate::spec::KeySpec;

/// Makes key bytes: random ones for symmetric and HMAC keys, else a private key in PKCS#8.
///
/// An RSA key takes a second or more of one processor.
///
/// # Errors
///
/// `Internal` if the library makes none.
pub(crate) fn generate(spec: KeySpec, entropy: &Entropy) -> Result<Secret, KmsError> {
    use KeySpec::*;

    let made = match spec {
        SymmetricDefault => Ok(random(32, entropy)),
        Hmac224 | Hmac256 | Hmac384 | Hmac512 => Ok(random(spec.mac_bytes().unwrap_or_default(), entropy)),
        Rsa2048 => rsa(KeySize::Rsa2048),
        Rsa3072 => rsa(KeySize::Rsa3072),
        Rsa4096 => rsa(KeySize::Rsa4096),
        EccNistP256 => ecc(&ECDSA_P256_SHA256_ASN1_SIGNING),
        EccNistP384 => ecc(&ECDSA_P384_SHA384_ASN1_SIGNING),
        EccNistP521 => ecc(&ECDSA_P521_SHA512_ASN1_SIGNING),
        EccSecgP256k1 => ecc(&ECDSA_P256K1_SHA256_ASN1_SIGNING),
        EccNistEdwards25519 => Ed25519KeyPair::generate()
            .and_then(|pair| pair.to_pkcs8v1())
            .map(|document| secret(document.as_ref())),
        MlDsa44 => ml_dsa(&ML_DSA_44_SIGNING),
        MlDsa65 => ml_dsa(&ML_DSA_65_SIGNING),
        MlDsa87 => ml_dsa(&ML_DSA_87_SIGNING),
    };
    made.map_err(|Unspecified| KmsError::Internal)
}

/// Writes a private key of this kind as [`generate`] does, in whichever form of PKCS#8 it comes.
///
/// # Errors
///
/// `Internal` for bytes that are not a private key of this kind.
pub(crate) fn canonical(spec: KeySpec, pkcs8: &[u8]) -> Result<Secret, KmsError> {
    use KeySpec::*;

    let read = match spec {
        SymmetricDefault | Hmac224 | Hmac256 | Hmac384 | Hmac512 => Err(Unspecified),
        Rsa2048 | Rsa3072 | Rsa4096 => RsaKeyPair::from_pkcs8(pkcs8)
            .map_err(Unspecified::from)
            .and_then(|pair| pair.as_der())
            .map(|document: Pkcs8V1Der<'_>| secret(document.as_ref())),
        EccNistP256 => same_ecc(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8),
        EccNistP384 => same_ecc(&ECDSA_P384_SHA384_ASN1_SIGNING, pkcs8),
        EccNistP521 => same_ecc(&ECDSA_P521_SHA512_ASN1_SIGNING, pkcs8),
        EccSecgP256k1 => same_ecc(&ECDSA_P256K1_SHA256_ASN1_SIGNING, pkcs8),
        EccNistEdwards25519 => Ed25519KeyPair::from_pkcs8(pkcs8)
            .map_err(Unspecified::from)
            .and_then(|pair| pair.to_pkcs8v1())
            .map(|document| secret(document.as_ref())),
        MlDsa44 => same_ml_dsa(&ML_DSA_44_SIGNING, pkcs8),
        MlDsa65 => same_ml_dsa(&ML_DSA_65_SIGNING, pkcs8),
        MlDsa87 => same_ml_dsa(&ML_DSA_87_SIGNING, pkcs8),
    };
    read.map_err(|Unspecified| KmsError::Internal)
}

fn same_ecc(curve: &'static EcdsaSigningAlgorithm, pkcs8: &[u8]) -> Result<Secret, Unspecified> {
    let pair = EcdsaKeyPair::from_pkcs8(curve, pkcs8)?;
    Ok(secret(pair.to_pkcs8v1()?.as_ref()))
}

fn same_ml_dsa(parameters: &'static PqdsaSigningAlgorithm, pkcs8: &[u8]) -> Result<Secret, Unspecified> {
    let pair = PqdsaKeyPair::from_pkcs8(parameters, pkcs8)?;
    Ok(secret(pair.to_pkcs8v1()?.as_ref()))
}

fn random(bytes: usize, entropy: &Entropy) -> Secret {
    let mut secret = Zeroizing::new(vec![0; bytes]);
    entropy.fill(&mut secret);
    secret
}

fn rsa(size: KeySize) -> Result<Secret, Unspecified> {
    let document: Pkcs8V1Der<'_> = RsaKeyPair::generate(size)?.as_der()?;
    Ok(secret(document.as_ref()))
}

fn ecc(curve: &'static EcdsaSigningAlgorithm) -> Result<Secret, Unspecified> {
    Ok(secret(EcdsaKeyPair::generate(curve)?.to_pkcs8v1()?.as_ref()))
}

fn ml_dsa(parameters: &'static PqdsaSigningAlgorithm) -> Result<Secret, Unspecified> {
    Ok(secret(PqdsaKeyPair::generate(parameters)?.to_pkcs8v1()?.as_ref()))
}

fn secret(bytes: &[u8]) -> Secret {
    Zeroizing::new(bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_key_is_made_with_bytes_of_its_own() {
        let entropy = Entropy::system();
        for spec in KeySpec::ALL {
            let made = generate(*spec, &entropy).unwrap();
            assert_ne!(made, generate(*spec, &entropy).unwrap(), "{spec}");
            match spec.mac_bytes() {
                Some(bytes) => assert_eq!(made.len(), bytes, "{spec}"),
                None => assert!(made.len() >= 32, "{spec}"),
            }
        }
    }
}
