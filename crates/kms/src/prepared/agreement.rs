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
pub(crate) struct AgreementKey(PrivateKey);

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
        Ok((AgreementKey(key), public))
    }

    /// The x coordinate of the common point, as NIST SP 800-56A has it: no key derivation follows.
    ///
    /// # Errors
    ///
    /// `ValidationException` without a word, as AWS has it, unless the peer's key is
    /// SubjectPublicKeyInfo of a valid point on the same curve.
    pub(crate) fn derive(&self, peer: &[u8]) -> Result<SecretBytes, KmsError> {
        let invalid = || KmsError::Validation(String::new());
        let peer = UnparsedPublicKey::new(self.0.algorithm(), peer);
        let peer = ParsedPublicKey::try_from(peer).map_err(|_| invalid())?;
        if peer.format() != ParsedPublicKeyFormat::X509 {
            return Err(invalid());
        }
        agree(&self.0, peer, invalid(), |secret| {
            Ok(SecretBytes::from(secret.to_vec()))
        })
    }
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
