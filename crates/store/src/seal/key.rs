//! 256-bit keys, and what is done with them: derive further ones, seal and open.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk};
use zeroize::Zeroizing;

use crate::ids::random;

/// Bytes that sealing adds: a nonce before, a tag after.
pub(crate) const OVERHEAD: usize = NONCE_LEN + 16;

/// A key that only ever becomes other keys, or seals; its bytes are wiped on drop.
#[derive(Clone)]
pub(crate) struct Key256(Zeroizing<[u8; 32]>);

impl fmt::Debug for Key256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key256(…)")
    }
}

impl Key256 {
    pub(crate) fn random() -> Self {
        Self(Zeroizing::new(random()))
    }

    pub(crate) fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// HKDF-SHA-256 of this key, which is uniform already, so only the expanding half. The parts of
    /// `info` are told apart by their lengths.
    pub(crate) fn derive(&self, info: &[&[u8]]) -> Self {
        let lengths: Vec<_> = info
            .iter()
            .map(|part| (part.len() as u64).to_be_bytes())
            .collect();
        let framed: Vec<&[u8]> = lengths
            .iter()
            .zip(info)
            .flat_map(|(length, part)| [&length[..], part])
            .collect();
        let mut derived = Zeroizing::new([0; 32]);
        Prk::new_less_safe(HKDF_SHA256, &self.0[..])
            .expand(&framed, Length)
            .and_then(|okm| okm.fill(&mut derived[..]))
            .expect("32 bytes are within what HKDF-SHA-256 gives");
        Self(derived)
    }

    pub(crate) fn aead(&self) -> Aead {
        let key = UnboundKey::new(&AES_256_GCM, &self.0[..]).expect("AES-256 takes 32 bytes");
        Aead(LessSafeKey::new(key))
    }
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        32
    }
}

/// AES-256-GCM with random nonces, ready to use; the key schedule is wiped on drop by its owner.
pub(crate) struct Aead(LessSafeKey);

impl Aead {
    /// Appends nonce, ciphertext and tag to `out`.
    pub(crate) fn seal(&self, aad: &[u8], plaintext: &[u8], out: &mut Vec<u8>) {
        let nonce: [u8; NONCE_LEN] = random();
        out.extend_from_slice(&nonce);
        let start = out.len();
        out.extend_from_slice(plaintext);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut out[start..])
            .expect("values are far below AES-GCM's limit");
        out.extend_from_slice(tag.as_ref());
    }

    /// Opens what [`Aead::seal`] appended, behind `before` bytes left free for the caller; `None` if it
    /// was sealed otherwise.
    pub(crate) fn open(&self, aad: &[u8], sealed: &[u8], before: usize) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, ciphertext) = sealed.split_first_chunk()?;
        let mut plain = Zeroizing::new(Vec::with_capacity(before + ciphertext.len()));
        plain.resize(before, 0);
        plain.extend_from_slice(ciphertext);
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self
            .0
            .open_in_place(nonce, Aad::from(aad), &mut plain[before..])
            .ok()?
            .len();
        plain.truncate(before + length);
        Some(plain)
    }
}
