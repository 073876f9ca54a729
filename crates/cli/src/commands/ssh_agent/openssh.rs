//! OpenSSH's file of a private key.
//!
//! OpenSSH leaves out the zero bytes that an ECDSA key's number begins with, as it does in all numbers; half
//! of all P-521 keys begin so. The reader that is used here wants every byte: it gets them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kagiban_aws::SecretString;
use ssh_key::PrivateKey;
use zeroize::Zeroizing;

use super::container::{Container, prefix, string};
use super::locked::{self, Closed};
use crate::platform::memory::Page;

/// A private key without a passphrase: the one copy that lasts, in memory that is wiped in the end.
pub(super) struct Private(Page);

impl Private {
    /// Keeps a key's container, if there is a usable key in it.
    ///
    /// # Errors
    ///
    /// If there is none, or it is locked.
    fn keep(container: &[u8]) -> Result<Private, Closed> {
        let keep = |bytes: &[u8]| Page::copy(bytes).map_err(|_| Closed::Memory);
        if is_whole(container) {
            return Ok(Private(keep(container)?));
        }
        match widened(container) {
            Some(wide) if is_whole(&wide) => Ok(Private(keep(&wide)?)),
            _ => Err(Closed::Damaged),
        }
    }

    /// The key, of which the library makes several copies: for a moment, and on a stack that is wiped.
    ///
    /// # Errors
    ///
    /// If it cannot be read any more, which it could when it was kept.
    pub(super) fn key(&self) -> Result<PrivateKey, Closed> {
        PrivateKey::from_bytes(&self.0).map_err(|_| Closed::Damaged)
    }

    /// Whether it is never swapped.
    pub(super) fn is_locked(&self) -> bool {
        self.0.is_locked()
    }
}

/// The key in a file's text, whether it has a passphrase or not.
///
/// # Errors
///
/// If the text is none.
pub(super) fn read(text: &str) -> Result<File, Closed> {
    let container = decoded(text).ok_or(Closed::Damaged)?;
    let cipher = Container::read(&container).ok_or(Closed::Damaged)?.cipher;
    match cipher == b"none" {
        true => Private::keep(&container).map(File::Open),
        false => Ok(File::Locked(container)),
    }
}

/// What a file has.
pub(super) enum File {
    Open(Private),
    /// The container, which a passphrase opens.
    Locked(Zeroizing<Vec<u8>>),
}

/// Opens a container that has a passphrase.
///
/// # Errors
///
/// If it does not open, or has nothing usable in it.
pub(super) fn unlock(container: &[u8], passphrase: &SecretString) -> Result<Private, Closed> {
    Private::keep(&locked::unlock(container, passphrase)?)
}

fn is_whole(container: &[u8]) -> bool {
    PrivateKey::from_bytes(container).is_ok_and(|key| !key.is_encrypted())
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

        let File::Open(private) = read(P521).unwrap() else {
            panic!("it has no passphrase");
        };
        let key = private.key().unwrap();

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
