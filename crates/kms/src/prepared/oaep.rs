//! RSA with OAEP: small texts, encrypted by whoever has the public key.

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, PrivateDecryptingKey,
};
use kagiban_aws::SecretBytes;
use zeroize::Zeroizing;

use crate::KmsError;
use crate::spec::KeySpec;

/// An RSA key of Encrypt and Decrypt.
pub(crate) struct DecryptionKey {
    spec: KeySpec,
    private: OaepPrivateDecryptingKey,
    public: OaepPublicEncryptingKey,
}

impl DecryptionKey {
    /// Reads PKCS#8; also gives the public key, as SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    ///
    /// `Internal` for keys of another kind or size.
    pub(crate) fn parse(spec: KeySpec, pkcs8: &[u8]) -> Result<(DecryptionKey, Vec<u8>), KmsError> {
        let bits = spec.rsa_bits().ok_or(KmsError::Internal)?;
        let private = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(|_| KmsError::Internal)?;
        if private.key_size_bits() != bits {
            return Err(KmsError::Internal);
        }
        let public = private.public_key();
        let der: PublicKeyX509Der<'_> = public.as_der().map_err(|_| KmsError::Internal)?;
        let der = der.as_ref().to_vec();
        let key = DecryptionKey {
            spec,
            private: OaepPrivateDecryptingKey::new(private).map_err(|_| KmsError::Internal)?,
            public: OaepPublicEncryptingKey::new(public).map_err(|_| KmsError::Internal)?,
        };
        Ok((key, der))
    }

    /// Encrypts; `algorithm` is one of the key's, such as `RSAES_OAEP_SHA_256`.
    ///
    /// # Errors
    ///
    /// `ValidationException` in AWS's words for more than fits into the modulus.
    pub(crate) fn encrypt(&self, algorithm: &str, plaintext: &[u8]) -> Result<Vec<u8>, KmsError> {
        let padding = padding(algorithm).ok_or(KmsError::Internal)?;
        let most = self.public.max_plaintext_size(padding);
        if plaintext.len() > most {
            return Err(KmsError::Validation(format!(
                "Algorithm {algorithm} and key spec {} cannot encrypt data larger than {most} bytes.",
                self.spec
            )));
        }
        let mut ciphertext = vec![0; self.public.ciphertext_size()];
        let written = self.public.encrypt(padding, plaintext, &mut ciphertext, None);
        let written = written.map_err(|_| KmsError::Internal)?.len();
        ciphertext.truncate(written);
        Ok(ciphertext)
    }

    /// Decrypts what anyone has encrypted under the public key.
    ///
    /// # Errors
    ///
    /// `InvalidCiphertext`, without saying what was wrong.
    pub(crate) fn decrypt(&self, algorithm: &str, ciphertext: &[u8]) -> Result<SecretBytes, KmsError> {
        let padding = padding(algorithm).ok_or(KmsError::Internal)?;
        let mut plaintext = Zeroizing::new(vec![0; self.private.min_output_size()]);
        let opened = self.private.decrypt(padding, ciphertext, &mut plaintext, None);
        let opened = opened.map_err(|_| KmsError::InvalidCiphertext)?.len();
        plaintext.truncate(opened);
        Ok(std::mem::take(&mut *plaintext).into())
    }
}

/// MGF1 uses the same hash, and there is no label.
fn padding(algorithm: &str) -> Option<&'static OaepAlgorithm> {
    match algorithm {
        "RSAES_OAEP_SHA_1" => Some(&OAEP_SHA1_MGF1SHA1),
        "RSAES_OAEP_SHA_256" => Some(&OAEP_SHA256_MGF1SHA256),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use kagiban_iam::Entropy;

    use super::*;
    use crate::private;

    fn key(spec: KeySpec) -> DecryptionKey {
        let secret = private::generate(spec, &Entropy::system()).unwrap();
        DecryptionKey::parse(spec, &secret).unwrap().0
    }

    #[test]
    fn each_size_takes_as_much_as_aws_says_and_opens_it_again() {
        for (spec, with_sha1, with_sha256) in [
            (KeySpec::Rsa2048, 214, 190),
            (KeySpec::Rsa3072, 342, 318),
            (KeySpec::Rsa4096, 470, 446),
        ] {
            let key = key(spec);
            for (algorithm, most) in [
                ("RSAES_OAEP_SHA_1", with_sha1),
                ("RSAES_OAEP_SHA_256", with_sha256),
            ] {
                let text = vec![7; most];
                let sealed = key.encrypt(algorithm, &text).unwrap();
                assert_eq!(sealed.len(), spec.rsa_bits().unwrap() / 8);
                assert_eq!(key.decrypt(algorithm, &sealed).unwrap().expose(), text);
                assert_eq!(
                    key.encrypt(algorithm, &vec![7; most + 1])
                        .unwrap_err()
                        .to_string(),
                    format!(
                        "Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {most} bytes."
                    )
                );
            }
        }
    }

    #[test]
    fn what_was_not_encrypted_so_does_not_open() {
        let key = key(KeySpec::Rsa2048);
        let sealed = key.encrypt("RSAES_OAEP_SHA_256", b"x").unwrap();
        let mut changed = sealed.clone();
        changed[100] ^= 1;
        for (algorithm, ciphertext) in [
            ("RSAES_OAEP_SHA_1", &sealed[..]),
            ("RSAES_OAEP_SHA_256", &changed),
            ("RSAES_OAEP_SHA_256", &sealed[1..]),
            ("RSAES_OAEP_SHA_256", b""),
            ("RSAES_OAEP_SHA_256", &[0xff; 256]),
            ("RSAES_OAEP_SHA_256", &[0; 6144]),
        ] {
            assert_eq!(
                key.decrypt(algorithm, ciphertext).unwrap_err(),
                KmsError::InvalidCiphertext
            );
        }
    }
}
