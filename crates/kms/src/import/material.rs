//! What imported bytes must be: just as long as the kind of key, or a private key of just this kind.

use crate::material::Secret;
use crate::prepared::Prepared;
use crate::spec::{KeySpec, KeyUsage};
use crate::{KmsError, private};

/// Takes unwrapped bytes for a key's; private keys come out in the one form in which they are kept,
/// so that the same key is known again however it was written.
///
/// # Errors
///
/// `IncorrectKeyMaterial`.
pub(crate) fn accept(spec: KeySpec, usage: KeyUsage, bytes: Secret) -> Result<Secret, KmsError> {
    let length = spec.mac_bytes().or(spec.is_symmetric().then_some(32));
    match length {
        Some(length) if bytes.len() == length => Ok(bytes),
        // UNSURE: AWS's sentences, here and below.
        Some(length) => Err(KmsError::IncorrectKeyMaterial(format!(
            "Key material of key spec {spec} must be {length} bytes long."
        ))),
        None => private_key(spec, usage, &bytes).map_err(|_| {
            KmsError::IncorrectKeyMaterial(format!(
                "Key material of key spec {spec} must be a private key of this kind in PKCS#8 DER."
            ))
        }),
    }
}

fn private_key(spec: KeySpec, usage: KeyUsage, bytes: &[u8]) -> Result<Secret, KmsError> {
    let kept = private::canonical(spec, bytes)?;
    Prepared::parse(spec, usage, &kept)?.prove(spec)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use kagiban_iam::Entropy;
    use zeroize::Zeroizing;

    use super::*;

    fn usage(spec: KeySpec) -> KeyUsage {
        let usages = KeyUsage::ALL.iter().copied();
        let mut suiting = usages.filter(|usage| spec.algorithms(*usage).is_some());
        suiting.next().unwrap()
    }

    #[test]
    fn material_of_every_kind_is_taken_for_its_own_kind_only() {
        // RSA keys take long to make; one stands for all.
        let quick = |spec: &&KeySpec| spec.rsa_bits().is_none_or(|bits| bits == 2048);
        for made in KeySpec::ALL.iter().filter(quick) {
            let secret = private::generate(*made, &Entropy::system()).unwrap();
            for spec in KeySpec::ALL {
                let taken = accept(*spec, usage(*spec), secret.clone());
                // Any bytes of its length are a symmetric or an HMAC key.
                let same_length = !spec.is_asymmetric() && spec.mac_bytes().unwrap_or(32) == secret.len();
                match made == spec || same_length {
                    true => assert_eq!(*taken.unwrap(), *secret, "{made} as {spec}"),
                    false => assert_eq!(
                        taken.unwrap_err().code(),
                        "IncorrectKeyMaterialException",
                        "{made} as {spec}"
                    ),
                }
            }
        }
    }

    #[test]
    fn an_rsa_key_whose_prime_is_none_is_refused() {
        // PKCS#8 in perfect form, of a "prime" that is a product: what it signs nobody can verify.
        let composite: Secret = Zeroizing::new(include_bytes!("../../tests/data/rsa_composite.der").to_vec());
        for usage in [KeyUsage::SignVerify, KeyUsage::EncryptDecrypt] {
            let refused = accept(KeySpec::Rsa2048, usage, composite.clone()).unwrap_err();
            assert_eq!(refused.code(), "IncorrectKeyMaterialException");
        }
    }

    #[test]
    fn rubbish_is_no_private_key() {
        for bytes in [&b""[..], b"0", &[0x30, 0x82, 0xff, 0xff], &[0; 1000]] {
            let bytes: Secret = Zeroizing::new(bytes.to_vec());
            for spec in [KeySpec::Rsa2048, KeySpec::EccNistP256, KeySpec::MlDsa44] {
                assert!(accept(spec, usage(spec), bytes.clone()).is_err());
            }
        }
    }
}
