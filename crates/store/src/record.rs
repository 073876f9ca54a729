//! Records: typed values, framed as `kind u16 | schema u16 | body`, both big-endian.
//!
//! The body is JSON. A store outlives many versions of its server, so fields must be
//! tagged by name: an old server carries along what a newer one wrote ([`Unknown`](crate::Unknown)),
//! and a person can read a record when all else fails. Compactness matters less than
//! either: what is hot lives decoded in memory.

use std::io::{self, Write};

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::{Zeroize as _, Zeroizing};

use crate::{Error, Result};

/// The bytes before a frame's body.
pub(crate) const HEADER_BYTES: usize = 4;

/// A typed value of the store.
///
/// A reader takes every schema up to its own, so a new schema either reads the old
/// form too (serde defaults) or comes with a job that rewrites.
pub trait Record: Serialize + DeserializeOwned {
    /// Tells this type from all others; never reused.
    const KIND: u16;
    /// The form written by this build; raised when an older build would misread it.
    const SCHEMA: u16;
}

/// Frames a record. The bytes are wiped when the last reference is dropped.
///
/// # Errors
///
/// [`Error::Other`] if the type has a form that JSON lacks, such as a map with keys that are not text.
pub fn encode<R: Record>(record: &R) -> Result<Bytes> {
    let mut frame = WipedBuffer::new();
    frame.extend(&R::KIND.to_be_bytes());
    frame.extend(&R::SCHEMA.to_be_bytes());
    serde_json::to_writer(&mut frame, record).map_err(Error::other)?;
    Ok(Bytes::from_owner(frame.0))
}

/// Reads a record out of a frame.
///
/// # Errors
///
/// [`Error::NewerSchema`] if a newer build wrote it; [`Error::Corrupt`] if it is of another kind or
/// does not parse. The message never quotes a value.
pub fn decode<R: Record>(frame: &[u8]) -> Result<R> {
    let (kind, schema, body) = split(frame)?;
    if kind != R::KIND {
        return Err(Error::Corrupt(format!(
            "a record of kind {kind} where {} belongs",
            R::KIND
        )));
    }
    if schema > R::SCHEMA {
        return Err(Error::NewerSchema {
            kind,
            found: schema,
            known: R::SCHEMA,
        });
    }
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Error::Corrupt(format!(
            "a record of kind {kind} does not parse at {line}:{column}"
        ))
    })
}

/// The kind of a framed record.
///
/// # Errors
///
/// [`Error::Corrupt`] if the frame is too short.
pub fn kind(frame: &[u8]) -> Result<u16> {
    split(frame).map(|(kind, ..)| kind)
}

pub(crate) fn split(frame: &[u8]) -> Result<(u16, u16, &[u8])> {
    let short = || Error::Corrupt("a record shorter than its header".to_owned());
    let (kind, rest) = frame.split_first_chunk().ok_or_else(short)?;
    let (schema, body) = rest.split_first_chunk().ok_or_else(short)?;
    Ok((u16::from_be_bytes(*kind), u16::from_be_bytes(*schema), body))
}

/// A buffer that leaves no copy of its content behind when it grows.
struct WipedBuffer(Zeroizing<Vec<u8>>);

impl WipedBuffer {
    fn new() -> Self {
        Self(Zeroizing::new(Vec::with_capacity(512)))
    }

    fn extend(&mut self, bytes: &[u8]) {
        let needed = self.0.len() + bytes.len();
        if needed > self.0.capacity() {
            let mut grown = Vec::with_capacity(needed.max(self.0.capacity() * 2));
            grown.extend_from_slice(&self.0);
            std::mem::replace(&mut *self.0, grown).zeroize();
        }
        self.0.extend_from_slice(bytes);
    }
}

impl Write for WipedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Note {
        text: String,
    }

    impl Record for Note {
        const KIND: u16 = 7;
        const SCHEMA: u16 = 2;
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        let note = Note {
            text: "x".repeat(5_000),
        };
        let frame = encode(&note).unwrap();
        assert_eq!(frame[..4], [0, 7, 0, 2]);
        assert_eq!(decode::<Note>(&frame).unwrap(), note);
    }

    #[test]
    fn an_older_schema_is_read_and_a_newer_one_refused() {
        decode::<Note>(b"\0\x07\0\x01{\"text\":\"\"}").unwrap();
        let newer = decode::<Note>(b"\0\x07\0\x03{\"text\":\"\"}").unwrap_err();
        assert!(matches!(
            newer,
            Error::NewerSchema {
                kind: 7,
                found: 3,
                known: 2
            }
        ));
    }

    #[test]
    fn another_kind_and_broken_bodies_are_refused_without_quoting_them() {
        for frame in [
            &b"\0\x08\0\x01{}"[..],
            b"\0\x07\0\x01{\"text\":\"secret\"",
            b"\0\x07\0",
            b"",
        ] {
            let refused = decode::<Note>(frame).unwrap_err();
            assert!(matches!(refused, Error::Corrupt(_)));
            assert!(!refused.to_string().contains("secret"));
        }
    }
}
