//! OpenSSH's file of a private key.
//!
//! OpenSSH leaves out the zero bytes that an ECDSA key's number begins with, as it does in all numbers; half
//! of all P-521 keys begin so. The reader that is used here wants every byte: it gets them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kagiban_aws::SecretString;
use ssh_key::{Error, PrivateKey};
use zeroize::Zeroizing;

use super::container::{Container, prefix, string};
use super::locked::{self, Closed};

/// Reads a key; `text` ends with a line break.
///
/// # Errors
///
/// If it is none.
pub(super) fn read(text: &str) -> Result<PrivateKey, Error> {
    PrivateKey::from_openssh(text).or_else(|error| {
        let widened = decoded(text).and_then(|bytes| widened(&bytes));
        PrivateKey::from_bytes(&widened.ok_or(error)?)
    })
}

/// Reads a key that has a passphrase.
///
/// # Errors
///
/// If it does not open, or has nothing usable in it.
pub(super) fn unlock(text: &str, passphrase: &SecretString) -> Result<PrivateKey, Closed> {
    let bytes = decoded(text).ok_or(Closed::Damaged)?;
    let opened = locked::unlock(&bytes, passphrase)?;
    PrivateKey::from_bytes(&opened).or_else(|_| {
        let widened = widened(&opened).ok_or(Closed::Damaged)?;
        PrivateKey::from_bytes(&widened).map_err(|_| Closed::Damaged)
    })
}

/// The bytes between the first line and the last.
pub(super) fn decoded(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut body = Zeroizing::new(String::with_capacity(text.len()));
    body.extend(text.lines().filter(|line| !line.starts_with('-')));
    Some(Zeroizing::new(STANDARD.decode(&*body).ok()?))
}

/// The same key, with all bytes of its number; nothing if it is not of this kind, or locked.
fn widened(key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let container = Container::read(key)?;
    if container.cipher != b"none" {
        return None;
    }
    let mut rest = container.private.get(8..)?; // two numbers that are compared
    let _kind = string(&mut rest)?;
    let size: usize = match string(&mut rest)? {
        b"nistp256" => 32,
        b"nistp384" => 48,
        b"nistp521" => 66,
        _ => return None,
    };
    let _point = string(&mut rest)?;
    let before = container.private.strip_suffix(rest)?;
    let (number, comment) = (string(&mut rest)?, string(&mut rest)?);

    let length = before.len() + 4 + size + 4 + comment.len();
    // All at once: a vector that grows leaves copies behind.
    let mut private = Zeroizing::new(Vec::with_capacity(length));
    private.extend_from_slice(before);
    private.extend_from_slice(&prefix(size)?);
    private.extend(std::iter::repeat_n(0, size.checked_sub(number.len())?));
    private.extend_from_slice(number);
    private.extend_from_slice(&prefix(comment.len())?);
    private.extend_from_slice(comment);
    container.opened(&private)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Made for this test alone; its number is a byte short.
    const P521: &str = include_str!("p521.key");

    #[test]
    fn a_key_whose_number_begins_with_zero_is_read() {
        assert!(
            PrivateKey::from_openssh(P521).is_err(),
            "the reader has learnt it: drop this module"
        );

        let key = read(P521).unwrap();

        assert_eq!(key.algorithm().as_str(), "ecdsa-sha2-nistp521");
        assert_eq!(key.comment(), "example");
    }

    proptest! {
        #[test]
        fn what_is_changed_is_refused_or_understood(at in 0_usize..700, byte: u8) {
            let mut bytes = decoded(P521).unwrap();
            let length = bytes.len();
            bytes[at % length] = byte;
            let _ = widened(&bytes).map(|bytes| PrivateKey::from_bytes(&bytes));
            let _ = widened(&bytes[..at % length]);
        }
    }
}
