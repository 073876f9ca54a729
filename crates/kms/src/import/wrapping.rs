//! Wrapping: how key material is encrypted on its way to the server.
//!
//! Either under the RSA key itself (`RSAES_OAEP…`), or under an AES key that is under the RSA key
//! (`RSA_AES_KEY_WRAP…`): the AES key under OAEP, then the material under RFC 5649's key wrap.
//!
//! Source: KMS API Reference, `GetParametersForImport`; RFC 5649; RFC 8017.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded as _};
use kagiban_iam::Entropy;
use zeroize::Zeroizing;

use crate::material::Secret;
use crate::prepared::DecryptionKey;
use crate::spec::KeySpec;
use crate::{KmsError, private};

/// A wrapping algorithm and the kind of the RSA key that it is used with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wrapping {
    algorithm: Algorithm,
    spec: KeySpec,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Algorithm {
    OaepSha1,
    OaepSha256,
    AesSha1,
    AesSha256,
}

use Algorithm::{AesSha1, AesSha256, OaepSha1, OaepSha256};

// INVARIANT: import tokens carry places in these lists; what is added goes to the end.
const ALGORITHMS: [(Algorithm, &str); 4] = [
    (OaepSha1, "RSAES_OAEP_SHA_1"),
    (OaepSha256, "RSAES_OAEP_SHA_256"),
    (AesSha1, "RSA_AES_KEY_WRAP_SHA_1"),
    (AesSha256, "RSA_AES_KEY_WRAP_SHA_256"),
];
const SPECS: [KeySpec; 3] = [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096];

impl Algorithm {
    /// What the RSA key does in it.
    fn oaep(self) -> &'static str {
        match self {
            OaepSha1 | AesSha1 => "RSAES_OAEP_SHA_1",
            OaepSha256 | AesSha256 => "RSAES_OAEP_SHA_256",
        }
    }

    /// Whether the material is under an AES key, whatever its length.
    fn has_aes(self) -> bool {
        matches!(self, AesSha1 | AesSha256)
    }
}

impl Wrapping {
    /// Reads AWS's two words.
    ///
    /// # Errors
    ///
    /// `UnsupportedOperationException` for what AWS has withdrawn (`RSAES_PKCS1_V1_5`) and for what it
    /// has in China only (`SM2`).
    pub fn parse(algorithm: &str, spec: &str) -> Result<Wrapping, KmsError> {
        // UNSURE: AWS's sentences.
        let unsupported = |what: &str| KmsError::Unsupported(format!("{what} is not supported."));
        let known = ALGORITHMS.iter().find(|(_, word)| *word == algorithm);
        let (algorithm, _) = known.ok_or_else(|| unsupported(&format!("WrappingAlgorithm {algorithm}")))?;
        let known = KeySpec::find(spec).filter(|spec| SPECS.contains(spec));
        Ok(Wrapping {
            algorithm: *algorithm,
            spec: known.ok_or_else(|| unsupported(&format!("WrappingKeySpec {spec}")))?,
        })
    }

    /// AWS's word for the algorithm.
    pub fn algorithm(self) -> &'static str {
        ALGORITHMS[usize::from(self.codes()[0])].1
    }

    /// AWS's word for the kind of RSA key.
    pub fn spec(self) -> &'static str {
        self.spec.as_str()
    }

    /// Two bytes that say the same in an import token.
    pub(super) fn codes(self) -> [u8; 2] {
        let algorithm = ALGORITHMS.iter().position(|(one, _)| *one == self.algorithm);
        let spec = SPECS.iter().position(|spec| *spec == self.spec);
        [algorithm, spec].map(|place| {
            place
                .and_then(|place| u8::try_from(place).ok())
                .expect("every algorithm and every spec is in its short list")
        })
    }

    /// Reads them again.
    pub(super) fn from_codes([algorithm, spec]: [u8; 2]) -> Option<Wrapping> {
        Some(Wrapping {
            algorithm: ALGORITHMS.get(usize::from(algorithm))?.0,
            spec: *SPECS.get(usize::from(spec))?,
        })
    }

    /// Refuses material that does not travel so: an RSA key is longer than what RSA encrypts, so is
    /// one on P-521 with the shortest RSA key, and AES is for private keys only.
    ///
    /// # Errors
    ///
    /// `UnsupportedOperationException`.
    pub(crate) fn demand_fits(self, material: KeySpec) -> Result<(), KmsError> {
        let fits = match self.algorithm.has_aes() {
            true => material.is_asymmetric(),
            false if material.rsa_bits().is_some() => false,
            false => (material, self.spec) != (KeySpec::EccNistP521, KeySpec::Rsa2048),
        };
        match fits {
            true => Ok(()),
            // UNSURE: AWS documents the rules, not the code or the sentence.
            false => Err(KmsError::Unsupported(format!(
                "Key material of key spec {material} cannot be wrapped with {} and an {} wrapping key.",
                self.algorithm(),
                self.spec
            ))),
        }
    }

    /// Makes the RSA key: the private one in PKCS#8, the public one as SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    ///
    /// `Internal` if the library makes none.
    pub(crate) fn generate(self, entropy: &Entropy) -> Result<(Secret, Vec<u8>), KmsError> {
        let private = private::generate(self.spec, entropy)?;
        let (_, public) = DecryptionKey::parse(self.spec, &private)?;
        Ok((private, public))
    }

    /// Opens what was wrapped with the public key.
    ///
    /// # Errors
    ///
    /// `InvalidCiphertext`, without saying what was wrong.
    pub(crate) fn unwrap(self, private: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        let (key, _) = DecryptionKey::parse(self.spec, private)?;
        let open = |ciphertext: &[u8]| key.decrypt(self.algorithm.oaep(), ciphertext);
        if !self.algorithm.has_aes() {
            return Ok(Zeroizing::new(open(wrapped)?.expose().to_vec()));
        }
        let modulus_bytes = self.spec.rsa_bits().ok_or(KmsError::Internal)? / 8;
        let (aes, wrapped) = wrapped
            .split_at_checked(modulus_bytes)
            .ok_or(KmsError::InvalidCiphertext)?;
        let aes = open(aes)?;
        unwrap_with_padding(aes.expose(), wrapped).map_err(|Unspecified| KmsError::InvalidCiphertext)
    }
}

/// RFC 5649. UNSURE: AWS asks for an AES key of 256 bits, and does not say that others are refused.
fn unwrap_with_padding(aes: &[u8], wrapped: &[u8]) -> Result<Secret, Unspecified> {
    let key = AesKek::new(&AES_256, aes)?;
    let mut opened = Zeroizing::new(vec![0; wrapped.len()]);
    let length = key.unwrap_with_padding(wrapped, &mut opened)?.len();
    opened.truncate(length);
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::owner::{key_wrap, oaep, wrap};

    fn wrappings() -> impl Iterator<Item = Wrapping> {
        let words = |(_, algorithm)| SPECS.map(|spec| Wrapping::parse(algorithm, spec.as_str()).unwrap());
        ALGORITHMS.into_iter().flat_map(words)
    }

    #[test]
    fn what_was_wrapped_is_unwrapped_and_nothing_else_is() {
        let spec = "RSA_2048";
        for (_, algorithm) in ALGORITHMS {
            let wrapping = Wrapping::parse(algorithm, spec).unwrap();
            let (private, public) = wrapping.generate(&Entropy::system()).unwrap();
            let material = vec![7; if wrapping.algorithm.has_aes() { 1217 } else { 32 }];
            let wrapped = wrap(algorithm, &public, &material);
            assert_eq!(*wrapping.unwrap(&private, &wrapped).unwrap(), material);
            for place in [0, 100, 255, wrapped.len() - 1] {
                let mut changed = wrapped.clone();
                changed[place] ^= 1;
                let refused = wrapping.unwrap(&private, &changed);
                assert_eq!(
                    refused.unwrap_err(),
                    KmsError::InvalidCiphertext,
                    "{algorithm} {place}"
                );
            }
            for length in [0, 1, 255, wrapped.len() - 1] {
                let refused = wrapping.unwrap(&private, &wrapped[..length]);
                assert_eq!(
                    refused.unwrap_err(),
                    KmsError::InvalidCiphertext,
                    "{algorithm} {length}"
                );
            }
        }
    }

    #[test]
    fn the_aes_key_of_a_key_wrap_has_256_bits() {
        let wrapping = Wrapping::parse("RSA_AES_KEY_WRAP_SHA_256", "RSA_2048").unwrap();
        let (private, public) = wrapping.generate(&Entropy::system()).unwrap();
        let wrapped = [
            oaep("RSAES_OAEP_SHA_256", &public, &[1; 16]),
            key_wrap(&[1; 32], b"material"),
        ]
        .concat();
        let refused = wrapping.unwrap(&private, &wrapped);
        assert_eq!(refused.unwrap_err(), KmsError::InvalidCiphertext);
    }

    /// Around the multiples of eight, where the padding of RFC 5649 begins and ends.
    #[test]
    fn key_wrap_keeps_every_length() {
        for length in 1..=64 {
            let material = vec![9; length];
            let wrapped = key_wrap(&[3; 32], &material);
            assert_eq!(*unwrap_with_padding(&[3; 32], &wrapped).unwrap(), material);
            assert!(unwrap_with_padding(&[4; 32], &wrapped).is_err());
        }
    }

    #[test]
    fn material_travels_by_the_algorithms_that_aws_allows_for_it() {
        let fits = |algorithm: &str, spec: &str, material| {
            let wrapping = Wrapping::parse(algorithm, spec).unwrap();
            wrapping.demand_fits(material).is_ok()
        };
        for spec in ["RSA_2048", "RSA_3072", "RSA_4096"] {
            for hash in ["SHA_1", "SHA_256"] {
                let (oaep, aes) = (format!("RSAES_OAEP_{hash}"), format!("RSA_AES_KEY_WRAP_{hash}"));
                for material in [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096] {
                    assert!(fits(&aes, spec, material) && !fits(&oaep, spec, material));
                }
                for material in [KeySpec::SymmetricDefault, KeySpec::Hmac224, KeySpec::Hmac512] {
                    assert!(fits(&oaep, spec, material) && !fits(&aes, spec, material));
                }
                assert!(fits(&oaep, spec, KeySpec::EccNistP256) && fits(&aes, spec, KeySpec::EccNistP256));
                assert_eq!(fits(&oaep, spec, KeySpec::EccNistP521), spec != "RSA_2048");
                assert!(fits(&aes, spec, KeySpec::EccNistP521));
            }
        }
    }

    #[test]
    fn what_is_withdrawn_or_only_in_china_is_unsupported() {
        for (algorithm, spec) in [
            ("RSAES_PKCS1_V1_5", "RSA_2048"),
            ("SM2PKE", "RSA_2048"),
            ("RSAES_OAEP_SHA_256", "SM2"),
            ("RSAES_OAEP_SHA_256", "ECC_NIST_P256"),
        ] {
            let refused = Wrapping::parse(algorithm, spec).unwrap_err();
            assert_eq!(refused.code(), "UnsupportedOperationException", "{refused}");
        }
    }

    #[test]
    fn the_bytes_in_a_token_mean_what_was_asked_for() {
        for wrapping in wrappings() {
            assert_eq!(Wrapping::from_codes(wrapping.codes()), Some(wrapping));
        }
        assert_eq!(Wrapping::from_codes([4, 0]), None);
        assert_eq!(Wrapping::from_codes([0, 3]), None);
    }
}
