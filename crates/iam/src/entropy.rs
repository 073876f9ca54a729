//! Randomness as an argument, so that handlers stay functions of what they are given.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

/// A source of random bytes fit for keys.
#[derive(Debug)]
pub struct Entropy(SystemRandom);

impl Entropy {
    /// The operating system's source, as the cryptographic library mixes it.
    pub fn system() -> Entropy {
        Entropy(SystemRandom::new())
    }

    /// `N` fresh random bytes.
    ///
    /// # Panics
    ///
    /// If the operating system cannot give randomness: no key made without it would be safe.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// Fresh random bytes for a key, wiped on drop.
    pub fn key<const N: usize>(&self) -> Zeroizing<[u8; N]> {
        let mut bytes = Zeroizing::new([0; N]);
        self.fill(bytes.as_mut());
        bytes
    }

    /// Overwrites `bytes` with fresh random ones.
    ///
    /// # Panics
    ///
    /// As [`Entropy::bytes`].
    pub fn fill(&self, bytes: &mut [u8]) {
        self.0
            .fill(bytes)
            .expect("the operating system gives randomness once it has booted");
    }

    /// A version 4 UUID in lower case.
    pub fn uuid(&self) -> String {
        let mut bytes = self.bytes::<16>();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = hex(&bytes);
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    /// An IAM entity id: the prefix, such as `AROA`, and 17 characters of `A-Z2-7`.
    pub fn entity_id(&self, prefix: &str) -> String {
        let letters = self
            .bytes::<17>()
            .map(|byte| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(byte & 31)]));
        prefix.chars().chain(letters).collect()
    }
}

/// Bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_the_marks_of_version_4() {
        let uuid = Entropy::system().uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
    }

    #[test]
    fn an_entity_id_has_21_characters() {
        let id = Entropy::system().entity_id("AROA");
        assert_eq!(id.len(), 21);
        assert!(
            id.bytes()
                .all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b)),
            "{id}"
        );
    }
}
