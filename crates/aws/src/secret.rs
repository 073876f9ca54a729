use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroizing, optimization_barrier};

/// Text that must not be seen: no `Display`, `Debug` prints `…`, wiped on drop.
#[derive(Clone, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SecretString(Zeroizing<String>);

impl SecretString {
    /// The text itself. Every caller of this is a place to review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretString {
    fn from(text: String) -> SecretString {
        SecretString(Zeroizing::new(text))
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Bytes that must not be seen: `Debug` prints `…`, wiped on drop.
///
/// Every message of KMS is one of these, so they are wiped as a whole and not, as [`Zeroizing`] would,
/// byte by byte.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// The bytes themselves. Every caller of this is a place to review.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> SecretBytes {
        SecretBytes(bytes)
    }
}

impl SecretBytes {
    fn wipe(&mut self) {
        self.0.fill(0);
        self.0.resize(self.0.capacity(), 0); // what lies behind the bytes may have been some of them
        optimization_barrier(self.0.as_slice());
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_wiped_bytes_nor_of_longer_ones_before() {
        let mut bytes = b"hunter2, and more of it".to_vec();
        bytes.truncate(7);
        let capacity = bytes.capacity();
        let mut secret = SecretBytes::from(bytes);
        secret.wipe();
        assert_eq!(secret.0, vec![0; capacity]);
    }

    #[test]
    fn debug_shows_nothing_of_a_secret() {
        assert_eq!(format!("{:?}", SecretString::from("hunter2".to_owned())), "…");
        assert_eq!(format!("{:?}", SecretBytes::from(b"hunter2".to_vec())), "…");
    }
}
