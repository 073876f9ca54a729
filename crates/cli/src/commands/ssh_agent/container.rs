//! The container of an OpenSSH private key: what is around it, with or without a passphrase.

use zeroize::Zeroizing;

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// What an unlocked private half is filled up to.
const BLOCK: usize = 8;

/// The parts of a file with one key.
#[derive(Debug)]
pub(super) struct Container<'b> {
    pub(super) cipher: &'b [u8],
    pub(super) derivation: &'b [u8],
    /// The derivation's.
    pub(super) options: &'b [u8],
    public: &'b [u8],
    /// Two numbers that are the same, the key, its comment, and padding; maybe encrypted.
    pub(super) private: &'b [u8],
}

impl<'b> Container<'b> {
    /// Takes it apart; nothing if it is none, or has several keys.
    pub(super) fn read(key: &'b [u8]) -> Option<Container<'b>> {
        let mut rest = key.strip_prefix(MAGIC)?;
        let (cipher, derivation, options) = (string(&mut rest)?, string(&mut rest)?, string(&mut rest)?);
        let (count, after) = rest.split_first_chunk()?;
        rest = after;
        let (public, private) = (string(&mut rest)?, string(&mut rest)?);
        (u32::from_be_bytes(*count) == 1).then_some(Container {
            cipher,
            derivation,
            options,
            public,
            private,
        })
    }

    /// The same with this private half, which is not encrypted; its padding may be any.
    pub(super) fn opened(&self, private: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let bare = unpadded(private);
        let padding = bare.len().next_multiple_of(BLOCK) - bare.len();
        // All at once: a vector that grows leaves copies behind.
        let room = MAGIC.len() + 64 + self.public.len() + bare.len() + padding;
        let mut whole = Zeroizing::new(Vec::with_capacity(room));
        whole.extend_from_slice(MAGIC);
        for name in [&b"none"[..], b"none", b""] {
            whole.extend_from_slice(&prefix(name.len())?);
            whole.extend_from_slice(name);
        }
        whole.extend_from_slice(&1_u32.to_be_bytes());
        whole.extend_from_slice(&prefix(self.public.len())?);
        whole.extend_from_slice(self.public);
        whole.extend_from_slice(&prefix(bare.len() + padding)?);
        whole.extend_from_slice(bare);
        whole.extend((1_u8..).take(padding));
        Some(whole)
    }
}

/// A private half without its padding, which counts 1, 2, 3.
pub(super) fn unpadded(private: &[u8]) -> &[u8] {
    let count = private.last().map_or(0, |last| usize::from(*last));
    match private.split_at_checked(private.len().wrapping_sub(count)) {
        Some((bare, padding)) if padding.iter().copied().eq(1..=count as u8) => bare,
        _ => private,
    }
}

/// A length as it stands before a string.
pub(super) fn prefix(length: usize) -> Option<[u8; 4]> {
    u32::try_from(length).ok().map(u32::to_be_bytes)
}

/// Takes a string, whose length comes first, off the front.
pub(super) fn string<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (taken, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_counts_from_one() {
        assert_eq!(unpadded(b"key\x01\x02\x03"), b"key");
        assert_eq!(unpadded(b"key"), b"key");
        assert_eq!(unpadded(b"key\x03"), b"key\x03");
        assert_eq!(unpadded(b"\x01"), b"");
        assert_eq!(unpadded(b""), b"");
        assert_eq!(unpadded(b"key\0\0\0\0"), b"key\0\0\0\0", "an empty comment");
    }
}
