//! NextToken: where a listing goes on, sealed.
//!
//! A token is bound to the operation, account, Region and filters of its request and ends after a
//! while, so it can be neither forged nor carried over into another listing. Every token has a key
//! of its own, HKDF of the page key under a random salt, so the nonce can be zero.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kagiban_aws::Timestamp;
use kagiban_iam::{Entropy, Scope};
use zeroize::Zeroizing;

use crate::ParameterError;

/// The key that page tokens are sealed under.
pub struct PageKey(Zeroizing<[u8; 32]>);

/// Which listing a token belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listing<'l> {
    /// The operation, such as `ssm:DescribeParameters`.
    pub(crate) action: &'static str,
    /// The account and Region.
    pub(crate) scope: Scope,
    /// Everything in the request that decides what is listed.
    pub(crate) filters: &'l str,
}

const SALT: usize = 24;
/// An expiry, a name and GCM's tag; anything longer is not ours.
const MAX_TOKEN: usize = 4096;
/// How long a client may take from one page to the next.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

impl PageKey {
    /// Takes the key out of the server's key hierarchy.
    pub fn new(key: Zeroizing<[u8; 32]>) -> PageKey {
        PageKey(key)
    }

    /// The token of the page that begins at `place`.
    pub(crate) fn seal(
        &self,
        listing: Listing<'_>,
        place: &str,
        now: Timestamp,
        entropy: &Entropy,
    ) -> String {
        let salt = entropy.bytes::<SALT>();
        let mut body = now.plus(LIFETIME).millis().to_be_bytes().to_vec();
        body.extend_from_slice(place.as_bytes());
        self.key(&salt)
            .seal_in_place_append_tag(zero_nonce(), listing.aad(), &mut body)
            .expect("a name is far below GCM's limit");
        STANDARD.encode([&salt[..], &body].concat())
    }

    /// The place where the token's page begins.
    ///
    /// # Errors
    ///
    /// `InvalidNextToken` for tokens that are not ours, have ended, or belong to another listing.
    pub(crate) fn open(
        &self,
        listing: Listing<'_>,
        token: &str,
        now: Timestamp,
    ) -> Result<String, ParameterError> {
        self.opened(listing, token, now)
            .ok_or(ParameterError::InvalidNextToken)
    }

    fn opened(&self, listing: Listing<'_>, token: &str, now: Timestamp) -> Option<String> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let mut token = STANDARD.decode(token).ok()?;
        let (salt, body) = token.split_at_mut_checked(SALT)?;
        let opened = self
            .key(salt)
            .open_in_place(zero_nonce(), listing.aad(), body)
            .ok()?;
        let (expiry, place) = opened.split_first_chunk()?;
        let alive = now < Timestamp::from_millis(i64::from_be_bytes(*expiry));
        alive.then(|| String::from_utf8(place.to_vec()).ok())?
    }

    fn key(&self, salt: &[u8]) -> LessSafeKey {
        let mut key = Zeroizing::new([0; 32]);
        Salt::new(HKDF_SHA256, salt)
            .extract(self.0.as_ref())
            .expand(&[b"ssm-page-v1"], Length32)
            .and_then(|okm| okm.fill(key.as_mut()))
            .expect("HKDF-SHA256 gives up to 255 × 32 bytes");
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref()).expect("the key has AES-256's length"))
    }
}

impl fmt::Debug for PageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageKey(…)")
    }
}

impl Listing<'_> {
    /// No part but the last can hold a `|`, so no two listings look alike.
    fn aad(&self) -> Aad<String> {
        let Scope { account, region } = self.scope;
        Aad::from(format!("{}|{account}|{region}|{}", self.action, self.filters))
    }
}

struct Length32;

impl KeyType for Length32 {
    fn len(&self) -> usize {
        32
    }
}

/// Zero is safe: the key is derived for this one token.
fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use kagiban_aws::Region;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn listing(filters: &str) -> Listing<'_> {
        let scope = Scope {
            account: "111122223333".parse().unwrap(),
            region: Region::us_east_1(),
        };
        Listing {
            action: "ssm:DescribeParameters",
            scope,
            filters,
        }
    }

    fn key() -> PageKey {
        PageKey::new(Zeroizing::new([7; 32]))
    }

    #[test]
    fn a_token_opens_to_its_place() {
        let token = key().seal(listing("a"), "/prod/x", NOW, &Entropy::system());
        assert_eq!(key().open(listing("a"), &token, NOW), Ok("/prod/x".to_owned()));
    }

    #[test]
    fn a_token_is_refused_in_another_listing_and_when_it_has_ended() {
        let token = key().seal(listing("a"), "/prod/x", NOW, &Entropy::system());
        let elsewhere = Listing {
            action: "ssm:GetParametersByPath",
            ..listing("a")
        };
        let late = NOW.plus(LIFETIME);
        for (listing, now) in [(listing("b"), NOW), (elsewhere, NOW), (listing("a"), late)] {
            assert_eq!(
                key().open(listing, &token, now),
                Err(ParameterError::InvalidNextToken)
            );
        }
    }

    #[test]
    fn foreign_tokens_are_refused() {
        for token in ["", "AAAA", "not base64!", &"A".repeat(10_000), &"A".repeat(200)] {
            assert_eq!(
                key().open(listing("a"), token, NOW),
                Err(ParameterError::InvalidNextToken)
            );
        }
    }
}
