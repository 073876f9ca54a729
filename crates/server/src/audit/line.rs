//! A line's shape: `{…body…,"prev":"<hash>","hash":"<hash>"}`.
//!
//! The hash covers the hash before and the body's bytes as they stand in the file, so checking
//! needs no JSON and no canonical form: what was written is what was hashed.

use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::segment;

/// A link of the chain: SHA-256 over the link before and a line's body.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Hash(pub [u8; 32]);

const PREV: &[u8] = b",\"prev\":\"";
const HASH: &[u8] = b"\",\"hash\":\"";
const END: &[u8] = b"\"}";
const HEX: usize = 64;
/// Bytes of a line after its body, without the line break.
const TAIL: usize = PREV.len() + HEX + HASH.len() + HEX + END.len();

impl Hash {
    /// What the first line of all is chained to.
    pub const GENESIS: Hash = Hash([0; 32]);

    /// The link after this one.
    pub(super) fn then(self, body: &[u8]) -> Hash {
        let mut context = Context::new(&SHA256);
        context.update(&self.0);
        context.update(body);
        Hash(
            context
                .finish()
                .as_ref()
                .try_into()
                .expect("SHA-256 has 32 bytes"),
        )
    }

    pub(super) fn hex(self) -> [u8; HEX] {
        let mut text = [0; HEX];
        for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(self.0) {
            *pair = PAIRS[usize::from(byte)];
        }
        text
    }
}

pub(super) const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Every byte's two digits: each line of the log prints two hashes.
static PAIRS: [[u8; 2]; 256] = pairs();

const fn pairs() -> [[u8; 2]; 256] {
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < pairs.len() {
        pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    pairs
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.hex()).expect("hexadecimal digits"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let bytes =
            segment::unhex(&text).ok_or_else(|| D::Error::custom("a hash has 64 hexadecimal digits"))?;
        Ok(Hash(bytes))
    }
}

/// Ends the line whose body is `out[start..]`, an object still open, and returns its hash.
pub(super) fn finish(out: &mut Vec<u8>, start: usize, prev: Hash) -> Hash {
    let hash = prev.then(&out[start..]);
    out.extend_from_slice(PREV);
    out.extend_from_slice(&prev.hex());
    out.extend_from_slice(HASH);
    out.extend_from_slice(&hash.hex());
    out.extend_from_slice(END);
    out.push(b'\n');
    hash
}

/// A line taken apart; nothing in it is proven yet.
pub(super) struct Line<'a> {
    body: &'a [u8],
    prev: &'a [u8],
    hash: &'a [u8],
}

impl<'a> Line<'a> {
    /// Takes a line (without its line break) apart; `None` if it does not have the shape.
    pub(super) fn parse(line: &'a [u8]) -> Option<Line<'a>> {
        let (body, tail) = line.split_at(line.len().checked_sub(TAIL)?);
        let (prev, tail) = tail.strip_prefix(PREV)?.split_at(HEX);
        let (hash, tail) = tail.strip_prefix(HASH)?.split_at(HEX);
        (tail == END).then_some(Line { body, prev, hash })
    }

    /// The line's hash, if the line follows `prev` and has not been changed since.
    pub(super) fn follow(&self, prev: Hash) -> Option<Hash> {
        let hash = prev.then(self.body);
        (self.prev == prev.hex() && self.hash == hash.hex()).then_some(hash)
    }

    /// The link that the line says it follows: for the first segment that is left.
    pub(super) fn claimed_prev(&self) -> Option<Hash> {
        segment::unhex(std::str::from_utf8(self.prev).ok()?).map(Hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_line_is_json_and_follows_what_it_was_chained_to() {
        let mut out = br#"{"a":1"#.to_vec();
        let hash = finish(&mut out, 0, Hash::GENESIS);
        assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok());
        let line = Line::parse(out.trim_ascii_end()).unwrap();
        assert_eq!(line.follow(Hash::GENESIS), Some(hash));
        assert_eq!(line.follow(hash), None);
        assert_eq!(line.claimed_prev(), Some(Hash::GENESIS));
    }

    #[test]
    fn what_is_too_short_is_no_line() {
        for text in [&b""[..], b"{}", &[b'x'; TAIL - 1]] {
            assert!(Line::parse(text).is_none());
        }
    }
}
