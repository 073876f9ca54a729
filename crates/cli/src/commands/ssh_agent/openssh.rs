//! OpenSSH's file of a private key.
//!
//! OpenSSH leaves out the zero bytes that an ECDSA key's number begins with, as it does in all numbers; half
//! of all P-521 keys begin so. The reader that is used here wants every byte: it gets them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ssh_key::{Error, PrivateKey};
use zeroize::Zeroizing;

const MAGIC: &[u8] = b"openssh-key-v1\0";
const BLOCK: usize = 8;

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

fn decoded(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut body = Zeroizing::new(String::with_capacity(text.len()));
    body.extend(text.lines().filter(|line| !line.starts_with('-')));
    Some(Zeroizing::new(STANDARD.decode(&*body).ok()?))
}

/// The same key, with all bytes of its number; nothing if it is not of this kind, or locked.
fn widened(key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut rest = key.strip_prefix(MAGIC)?;
    if string(&mut rest)? != b"none" {
        return None;
    }
    let (_derivation, _its_options) = (string(&mut rest)?, string(&mut rest)?);
    rest = rest.get(4..)?; // how many keys: one, as the reader will see
    let _public = string(&mut rest)?;
    let head = key.strip_suffix(rest)?;

    let private = string(&mut rest)?;
    let mut rest = private.get(8..)?; // two numbers that are compared
    let _kind = string(&mut rest)?;
    let size: usize = match string(&mut rest)? {
        b"nistp256" => 32,
        b"nistp384" => 48,
        b"nistp521" => 66,
        _ => return None,
    };
    let _point = string(&mut rest)?;
    let before = private.strip_suffix(rest)?;
    let (number, comment) = (string(&mut rest)?, string(&mut rest)?);

    let length = before.len() + 4 + size + 4 + comment.len();
    let padding = length.next_multiple_of(BLOCK) - length;
    // All at once: a vector that grows leaves copies behind.
    let mut whole = Zeroizing::new(Vec::with_capacity(head.len() + 4 + length + padding));
    whole.extend_from_slice(head);
    whole.extend_from_slice(&prefix(length + padding)?);
    whole.extend_from_slice(before);
    whole.extend_from_slice(&prefix(size)?);
    whole.extend(std::iter::repeat_n(0, size.checked_sub(number.len())?));
    whole.extend_from_slice(number);
    whole.extend_from_slice(&prefix(comment.len())?);
    whole.extend_from_slice(comment);
    whole.extend((1_u8..).take(padding));
    Some(whole)
}

fn prefix(length: usize) -> Option<[u8; 4]> {
    u32::try_from(length).ok().map(u32::to_be_bytes)
}

/// Takes a string, whose length comes first, off the front.
fn string<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (taken, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(taken)
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
