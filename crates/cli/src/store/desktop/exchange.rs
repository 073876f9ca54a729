//! How a secret crosses the bus: sealed by a key that both sides have agreed on for this connection, so
//! that it lies bare neither in the bus's memory nor in a log of its traffic.
//!
//! Source: Secret Service API, `dh-ietf1024-sha256-aes128-cbc-pkcs7`; the group is RFC 2409's second.

use aws_lc_rs::cipher::{
    AES_128, DecryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hkdf, rand};
use num_bigint::BigUint;
use zeroize::Zeroizing;

/// The algorithm's name.
pub(super) const ALGORITHM: &str = "dh-ietf1024-sha256-aes128-cbc-pkcs7";

/// The group's modulus, in bytes.
const SIZE: usize = 128;

const PRIME: &[u8] = b"\
    FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD\
    EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
    EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF";

/// One side's half, of use once.
pub(super) struct Half {
    exponent: BigUint,
}

/// The key of a connection.
pub(super) struct SessionKey(Zeroizing<[u8; 16]>);

impl Half {
    pub(super) fn new() -> Half {
        let mut bytes = Zeroizing::new([0; SIZE]);
        rand::fill(&mut *bytes).expect("the system has randomness");
        Half {
            exponent: BigUint::from_bytes_be(&*bytes),
        }
    }

    /// What the other side is told.
    pub(super) fn public(&self) -> Vec<u8> {
        BigUint::from(2_u8).modpow(&self.exponent, &prime()).to_bytes_be()
    }

    /// The key that only both sides know; `None` if what the other side says would make it known to all.
    pub(super) fn agree(self, public: &[u8]) -> Option<SessionKey> {
        let (prime, one) = (prime(), BigUint::from(1_u8));
        let theirs = BigUint::from_bytes_be(public);
        if public.len() > SIZE + 1 || theirs <= one || theirs >= prime.clone() - one {
            return None;
        }
        let shared = Zeroizing::new(theirs.modpow(&self.exponent, &prime).to_bytes_be());
        let mut padded = Zeroizing::new([0; SIZE]);
        padded[SIZE - shared.len()..].copy_from_slice(&shared);
        let mut key = Zeroizing::new([0; 16]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
            .extract(&*padded)
            .expand(&[&[]], Length(16))
            .and_then(|okm| okm.fill(&mut *key))
            .ok()?;
        Some(SessionKey(key))
    }
}

fn prime() -> BigUint {
    BigUint::parse_bytes(PRIME, 16).expect("these are hexadecimal digits")
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl SessionKey {
    /// Seals a secret; returns the initial vector and what is sealed.
    pub(super) fn seal(&self, secret: &[u8]) -> (Vec<u8>, Vec<u8>) {
        // Room for the padding, so that no copy is left by growing.
        let mut text = Vec::with_capacity(secret.len() + 16);
        text.extend_from_slice(secret);
        let key = PaddedBlockEncryptingKey::cbc_pkcs7(self.key()).expect("the cipher has this mode");
        match key
            .encrypt(&mut text)
            .expect("a secret is within the cipher's bounds")
        {
            DecryptionContext::Iv128(vector) => (vector.as_ref().to_vec(), text),
            _ => unreachable!("the cipher's blocks have 128 bits"),
        }
    }

    /// Opens what the other side has sealed.
    pub(super) fn open(&self, vector: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let vector = FixedLength::<16>::try_from(vector).ok()?;
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(self.key()).ok()?;
        let mut text = Zeroizing::new(sealed.to_vec());
        let length = key
            .decrypt(&mut text, DecryptionContext::Iv128(vector))
            .ok()?
            .len();
        text.truncate(length);
        Some(text)
    }

    fn key(&self) -> UnboundCipherKey {
        UnboundCipherKey::new(&AES_128, &*self.0).expect("the key has the cipher's length")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_agree_and_open_what_the_other_seals() {
        let (ours, theirs) = (Half::new(), Half::new());
        let (our_public, their_public) = (ours.public(), theirs.public());
        let ours = ours.agree(&their_public).unwrap();
        let theirs = theirs.agree(&our_public).unwrap();
        for length in [0, 1, 15, 16, 17, 4000] {
            let secret = vec![7; length];
            let (vector, sealed) = ours.seal(&secret);
            assert_eq!(*theirs.open(&vector, &sealed).unwrap(), secret);
        }
        let (vector, sealed) = ours.seal(b"canary");
        assert!(!sealed.windows(6).any(|window| window == b"canary"));
        assert!(theirs.open(&vector[..15], &sealed).is_none());
        assert!(theirs.open(&vector, &sealed[..15]).is_none());
        assert!(theirs.open(&vector, &[]).is_none());
    }

    #[test]
    fn a_half_that_gives_the_key_away_is_refused() {
        let below = (prime() - BigUint::from(1_u8)).to_bytes_be();
        let whole = prime().to_bytes_be();
        for public in [&[][..], &[0], &[1], &below, &whole, &[0xff; 4096]] {
            assert!(Half::new().agree(public).is_none(), "{public:?}");
        }
    }
}
