use std::fmt;

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use zeroize::Zeroizing;

use super::{ALGORITHM, TERMINATOR, digest};

/// What a secret access key becomes for one day, Region and service.
///
/// Deriving costs four HMACs, so servers keep these. It proves nothing outside its scope, yet
/// within it it is as good as the secret: no `Display`, `Debug` prints `…`, wiped on drop (by
/// the cryptographic library, which keeps it as a hash state that has already taken the key in).
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl SigningKey {
    /// Derives the key for `date` (`yyyymmdd`), `region` and `service` from a secret access key.
    pub fn derive(secret: &str, date: &str, region: &str, service: &str) -> SigningKey {
        let mut start = Zeroizing::new(Vec::with_capacity(4 + secret.len()));
        start.extend_from_slice(b"AWS4");
        start.extend_from_slice(secret.as_bytes());
        let mut key = hmac::Key::new(HMAC_SHA256, &start);
        for part in [date, region, service, TERMINATOR] {
            let next = Zeroizing::new(array(&hmac::sign(&key, part.as_bytes())));
            key = hmac::Key::new(HMAC_SHA256, next.as_slice());
        }
        SigningKey(key)
    }

    /// A key that signs for nobody.
    ///
    /// Verify with it when the access key is unknown and drop the outcome: then the time of the
    /// answer does not tell which access keys exist.
    pub fn nobody() -> SigningKey {
        SigningKey::derive("", "", "", "")
    }

    /// The signature of a canonical request's digest: `date` is `yyyymmddThhmmssZ`, `scope`
    /// `yyyymmdd/region/service/aws4_request`.
    pub(super) fn sign(&self, date: &str, scope: &str, canonical: &[u8; 32]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for piece in [ALGORITHM, "\n", date, "\n", scope, "\n"] {
            context.update(piece.as_bytes());
        }
        context.update(&digest::hex(canonical));
        array(&context.sign())
    }
}

/// What is signed: date, scope and the canonical request's digest, as for [`SigningKey::sign`].
pub(super) fn string_to_sign(date: &str, scope: &str, canonical: &[u8; 32]) -> Vec<u8> {
    let mut signed = [ALGORITHM, "\n", date, "\n", scope, "\n"].concat().into_bytes();
    signed.extend_from_slice(&digest::hex(canonical));
    signed
}

fn array(tag: &hmac::Tag) -> [u8; 32] {
    tag.as_ref().try_into().expect("HMAC-SHA256 is 32 bytes")
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_key() {
        assert_eq!(format!("{:?}", SigningKey::nobody()), "…");
    }
}
