//! The encryption of a session with a KMS data key: one half of the key for each direction.
//!
//! AES-256-GCM with no further data: the numbers of the messages are not authenticated by it, only the
//! bytes. That is AWS's protocol. The nonce stands before the ciphertext, the tag behind it.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::channel::Side;

/// How many bytes a data key has, of which each direction gets half.
pub const DATA_KEY_BYTES: usize = 64;

/// By how much an encrypted payload is longer.
pub const ADDED_BYTES: usize = 28;

/// The keys of one end of an encrypted session.
pub struct SessionCipher {
    sealing: LessSafeKey,
    opening: LessSafeKey,
    /// The next nonce.
    nonce: u128,
    /// How many payloads may still be sealed before nonces would repeat.
    left: u64,
}

/// A payload that was not encrypted with this session's key, or not left as it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the payload was not encrypted with this session's key")]
pub struct NotOpened;

/// All nonces of a session have been used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the session's key has encrypted as much as it may")]
pub struct Exhausted;

impl SessionCipher {
    /// The keys for one end. `nonce` is random; from there nonces are counted up.
    pub fn new(data_key: &[u8; DATA_KEY_BYTES], side: Side, nonce: [u8; NONCE_LEN]) -> SessionCipher {
        let (of_agent, of_client) = data_key.split_at(DATA_KEY_BYTES / 2);
        let (sealing, opening) = match side {
            Side::Agent => (of_agent, of_client),
            Side::Client => (of_client, of_agent),
        };
        let mut counter = [0; 16];
        counter[..NONCE_LEN].copy_from_slice(&nonce);
        SessionCipher {
            sealing: key(sealing),
            opening: key(opening),
            nonce: u128::from_le_bytes(counter),
            left: 1 << 48,
        }
    }

    /// Encrypts a payload; it gets [`ADDED_BYTES`] longer.
    ///
    /// # Errors
    ///
    /// After 2^48 payloads.
    pub fn seal(&mut self, payload: &[u8]) -> Result<Vec<u8>, Exhausted> {
        self.left = self.left.checked_sub(1).ok_or(Exhausted)?;
        let nonce = *self
            .nonce
            .to_le_bytes()
            .first_chunk::<NONCE_LEN>()
            .expect("16 bytes");
        self.nonce = self.nonce.wrapping_add(1);
        let mut sealed = Vec::with_capacity(payload.len() + ADDED_BYTES);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(payload);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .sealing
            .seal_in_place_separate_tag(nonce, Aad::empty(), &mut sealed[NONCE_LEN..])
            .map_err(|_| Exhausted)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Decrypts a payload of the other end.
    ///
    /// # Errors
    ///
    /// If it is too short, or was not made with this key.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(NotOpened)?;
        let mut opened = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self
            .opening
            .open_in_place(nonce, Aad::empty(), &mut opened)
            .map_err(|_| NotOpened)?
            .len();
        opened.truncate(length);
        Ok(opened)
    }
}

impl fmt::Debug for SessionCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionCipher(…)")
    }
}

fn key(bytes: &[u8]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, bytes);
    LessSafeKey::new(key.expect("half of the data key has 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (SessionCipher, SessionCipher) {
        let key = std::array::from_fn(|place| u8::try_from(place).unwrap());
        let nonce = std::array::from_fn(|place| u8::try_from(place).unwrap());
        let cipher = |side| SessionCipher::new(&key, side, nonce);
        (cipher(Side::Agent), cipher(Side::Client))
    }

    #[test]
    fn each_end_opens_what_the_other_sealed_and_nothing_else() {
        let (mut agent, mut client) = pair();
        let output = agent.seal(b"$ ").unwrap();
        assert_eq!(client.open(&output).unwrap(), b"$ ");
        assert_eq!(agent.open(&output), Err(NotOpened));
        let input = client.seal(b"").unwrap();
        assert_eq!(
            (agent.open(&input).unwrap(), input.len()),
            (Vec::new(), ADDED_BYTES)
        );
        for length in 0..output.len() {
            assert_eq!(client.open(&output[..length]), Err(NotOpened));
        }
        for place in 0..output.len() {
            let mut changed = output.clone();
            changed[place] ^= 1;
            assert_eq!(client.open(&changed), Err(NotOpened));
        }
    }

    #[test]
    fn no_two_payloads_have_a_nonce_in_common() {
        let key = [0; DATA_KEY_BYTES];
        let mut cipher = SessionCipher::new(&key, Side::Client, [0xff; NONCE_LEN]);
        let nonces: Vec<Vec<u8>> = (0..3)
            .map(|_| cipher.seal(b"x").unwrap()[..NONCE_LEN].to_vec())
            .collect();
        assert_eq!(nonces[1], [0; NONCE_LEN]);
        assert_eq!(nonces[2][..2], [1, 0]);
    }
}
