//! Import tokens: what the server would have to remember of GetParametersForImport, in its caller's
//! hands.
//!
//! ```text
//! version 1 │ salt 32 │ AES-256-GCM of: expiry 8 │ algorithm 1 │ spec 1 │ private key in PKCS#8
//! ```
//!
//! Each token has a key of its own, derived from its account's branch of KMS's domain key under the
//! salt; so the nonce can be zero. The place of the KMS key is authenticated: a token opens for the
//! key that it was made for, and for no other.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use kagiban_aws::Timestamp;
use kagiban_iam::{Entropy, Scope};
use zeroize::Zeroizing;

use super::Wrapping;
use crate::KmsError;
use crate::material::{DomainKey, Secret};

const VERSION: u8 = 1;
const SALT: usize = 32;
/// INVARIANT: equal to the model's limit for ImportToken; larger ones are never opened.
const MAX_TOKEN: usize = 6144;

/// An import token that was opened or is about to be sealed.
pub struct ImportToken {
    /// How the material is wrapped.
    pub wrapping: Wrapping,
    /// Until when the token and its public key may be used.
    pub expires: Timestamp,
    /// The private key that unwraps, in PKCS#8.
    pub private: Secret,
}

impl std::fmt::Debug for ImportToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImportToken(…)")
    }
}

impl ImportToken {
    /// Seals it for one KMS key.
    pub fn seal(&self, domain: &DomainKey, scope: Scope, key_id: &str, entropy: &Entropy) -> Vec<u8> {
        let salt = entropy.bytes::<SALT>();
        let mut body = Zeroizing::new(Vec::with_capacity(self.private.len() + 64));
        body.extend_from_slice(&self.expires.millis().to_be_bytes());
        body.extend_from_slice(&self.wrapping.codes());
        body.extend_from_slice(&self.private);
        aead(domain, scope, &salt)
            .seal_in_place_append_tag(zero_nonce(), aad(scope, key_id), &mut *body)
            .expect("a private key is far below GCM's limit");
        [&[VERSION][..], &salt, &body].concat()
    }

    /// Opens a token that was sealed for this KMS key, expired or not.
    ///
    /// # Errors
    ///
    /// `InvalidImportToken` for every other sequence of bytes, without saying what was wrong.
    pub fn open(
        domain: &DomainKey,
        scope: Scope,
        key_id: &str,
        token: &[u8],
    ) -> Result<ImportToken, KmsError> {
        Self::read(domain, scope, key_id, token).ok_or_else(|| {
            // UNSURE: AWS's sentence.
            KmsError::InvalidImportToken(
                "The import token is invalid or belongs to another KMS key.".to_owned(),
            )
        })
    }

    fn read(domain: &DomainKey, scope: Scope, key_id: &str, token: &[u8]) -> Option<ImportToken> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (version, rest) = token.split_first()?;
        let (salt, sealed) = rest.split_first_chunk::<SALT>()?;
        if *version != VERSION {
            return None;
        }
        let mut body = Zeroizing::new(sealed.to_vec());
        let body = aead(domain, scope, salt)
            .open_in_place(zero_nonce(), aad(scope, key_id), &mut body)
            .ok()?;
        let (expires, rest) = body.split_first_chunk::<8>()?;
        let (codes, private) = rest.split_first_chunk::<2>()?;
        Some(ImportToken {
            wrapping: Wrapping::from_codes(*codes)?,
            expires: Timestamp::from_millis(i64::from_be_bytes(*expires)),
            private: Zeroizing::new(private.to_vec()),
        })
    }

    /// Refuses a token whose time is over.
    ///
    /// # Errors
    ///
    /// `ExpiredImportToken`.
    pub(crate) fn demand_valid_at(&self, now: Timestamp) -> Result<(), KmsError> {
        match now < self.expires {
            true => Ok(()),
            // UNSURE: AWS's sentence.
            false => Err(KmsError::ExpiredImportToken(
                "The import token has expired.".to_owned(),
            )),
        }
    }
}

fn aead(domain: &DomainKey, scope: Scope, salt: &[u8; SALT]) -> LessSafeKey {
    let key = domain.import_key(scope.account, salt);
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref()).expect("the key has AES-256's length"))
}

fn aad(scope: Scope, key_id: &str) -> Aad<Vec<u8>> {
    let place = format!(
        "kms/import/v{VERSION}|{}|{}|{key_id}",
        scope.account, scope.region
    );
    Aad::from(place.into_bytes())
}

/// Zero is safe: the key is derived for this one token.
fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use kagiban_aws::Region;

    use super::*;

    const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn scope(account: &str, region: Region) -> Scope {
        let account = account.parse().unwrap();
        Scope { account, region }
    }

    fn domain() -> DomainKey {
        DomainKey::new(Zeroizing::new([7; 32]))
    }

    fn token() -> ImportToken {
        ImportToken {
            wrapping: Wrapping::parse("RSAES_OAEP_SHA_256", "RSA_3072").unwrap(),
            expires: Timestamp::from_seconds(1_700_000_000),
            private: Zeroizing::new(b"private key".to_vec()),
        }
    }

    #[test]
    fn a_token_opens_for_its_key_only() {
        let here = scope("111122223333", Region::us_east_1());
        let sealed = token().seal(&domain(), here, KEY, &Entropy::system());
        let opened = ImportToken::open(&domain(), here, KEY, &sealed).unwrap();
        assert_eq!(
            (opened.wrapping, opened.expires, &**opened.private),
            (token().wrapping, token().expires, &b"private key"[..])
        );
        let elsewhere = scope("111122223333", "eu-west-1".parse().unwrap());
        let others = scope("444455556666", Region::us_east_1());
        for (domain, scope, key) in [
            (domain(), here, "ffffffff-12ab-34cd-56ef-1234567890ab"),
            (domain(), elsewhere, KEY),
            (domain(), others, KEY),
            (DomainKey::new(Zeroizing::new([8; 32])), here, KEY),
        ] {
            let refused = ImportToken::open(&domain, scope, key, &sealed).unwrap_err();
            assert_eq!(refused.code(), "InvalidImportTokenException");
        }
    }

    #[test]
    fn a_token_is_valid_until_its_hour_and_no_longer() {
        let expires = token().expires;
        let before = Timestamp::from_millis(expires.millis() - 1);
        assert_eq!(token().demand_valid_at(before), Ok(()));
        let refused = token().demand_valid_at(expires).unwrap_err();
        assert_eq!(refused.code(), "ExpiredImportTokenException");
    }

    #[test]
    fn a_token_shows_nothing_of_its_key() {
        let here = scope("111122223333", Region::us_east_1());
        let sealed = token().seal(&domain(), here, KEY, &Entropy::system());
        assert!(!sealed.windows(7).any(|window| window == b"private"));
        assert_eq!(format!("{:?}", token()), "ImportToken(…)");
    }
}
