//! The envelope in which a record lies in the store:
//!
//! ```text
//! magic u8 | format u8 | kind u16 | schema u16 | term u32 | op_id 16 B | nonce 12 B | ciphertext | tag 16 B
//! ```
//!
//! All before the nonce is associated data, as are the cell's id and the record's key:
//! a record moved to another key or another cell does not open, nor one with any byte
//! changed. An *older* record put back at the same key does open; the audit chain, not
//! the AEAD, is what notices that.

use bytes::Bytes;

use super::key::{Aead, OVERHEAD};
use crate::{Error, Key, OpId, Result, record};

const MAGIC: u8 = 0xCB;
const FORMAT: u8 = 1;
/// The bytes before the nonce.
const HEADER_BYTES: usize = 26;
/// What an envelope has more than the frame in it.
pub(super) const EXTRA_BYTES: usize = HEADER_BYTES + OVERHEAD - record::HEADER_BYTES;

/// What an envelope says in the clear.
#[derive(Clone, Copy)]
pub(super) struct Header {
    kind: u16,
    schema: u16,
    pub(super) term: u32,
    pub(super) op: OpId,
}

impl Header {
    fn encode(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[0] = MAGIC;
        bytes[1] = FORMAT;
        bytes[2..4].copy_from_slice(&self.kind.to_be_bytes());
        bytes[4..6].copy_from_slice(&self.schema.to_be_bytes());
        bytes[6..10].copy_from_slice(&self.term.to_be_bytes());
        bytes[10..].copy_from_slice(&self.op.0);
        bytes
    }

    fn decode(bytes: [u8; HEADER_BYTES]) -> Option<Self> {
        let [MAGIC, FORMAT, k0, k1, s0, s1, t0, t1, t2, t3, op @ ..] = bytes else {
            return None;
        };
        let (kind, schema) = (u16::from_be_bytes([k0, k1]), u16::from_be_bytes([s0, s1]));
        Some(Self {
            kind,
            schema,
            term: u32::from_be_bytes([t0, t1, t2, t3]),
            op: OpId(op),
        })
    }
}

/// Which record an envelope belongs to.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) cell: &'a [u8; 16],
    pub(super) key: &'a Key,
}

impl Place<'_> {
    fn associated_data(self, header: &[u8; HEADER_BYTES]) -> Vec<u8> {
        [&self.cell[..], header, self.key.as_bytes()].concat()
    }
}

/// Seals a frame.
pub(super) fn seal(aead: &Aead, place: Place<'_>, term: u32, op: OpId, frame: &[u8]) -> Result<Bytes> {
    let (kind, schema, body) = record::split(frame)?;
    let header = Header {
        kind,
        schema,
        term,
        op,
    }
    .encode();
    let mut sealed = Vec::with_capacity(frame.len() + EXTRA_BYTES);
    sealed.extend_from_slice(&header);
    aead.seal(&place.associated_data(&header), body, &mut sealed);
    Ok(sealed.into())
}

/// Reads what an envelope says in the clear; not to be believed before [`open`].
pub(super) fn header(key: &Key, sealed: &[u8]) -> Result<Header> {
    let header = sealed.first_chunk().and_then(|bytes| Header::decode(*bytes));
    header.ok_or_else(|| Error::Corrupt(format!("the value of `{key}` is no envelope known to this build")))
}

/// Opens an envelope; the frame is wiped when its last reference is dropped.
pub(super) fn open(aead: &Aead, place: Place<'_>, header: Header, sealed: &[u8]) -> Result<Bytes> {
    let aad = place.associated_data(&header.encode());
    let rest = sealed.get(HEADER_BYTES..).unwrap_or_default();
    let Some(mut frame) = aead.open(&aad, rest, record::HEADER_BYTES) else {
        return Err(Error::Corrupt(format!(
            "the value of `{}` does not open under its key",
            place.key
        )));
    };
    frame[..2].copy_from_slice(&header.kind.to_be_bytes());
    frame[2..4].copy_from_slice(&header.schema.to_be_bytes());
    Ok(Bytes::from_owner(frame))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::key::Key256;

    const CELL: [u8; 16] = [1; 16];
    const FRAME: &[u8] = b"\0\x07\0\x01{\"text\":\"x\"}";

    fn reopen(aead: &Aead, cell: &[u8; 16], key: &Key, sealed: &[u8]) -> Result<Bytes> {
        open(aead, Place { cell, key }, header(key, sealed)?, sealed)
    }

    fn sealed() -> (Aead, Key, Bytes) {
        let (aead, key) = (Key256::random().aead(), Key::of(&["a", "b"]));
        let sealed = seal(
            &aead,
            Place {
                cell: &CELL,
                key: &key,
            },
            3,
            OpId::random(),
            FRAME,
        )
        .unwrap();
        (aead, key, sealed)
    }

    #[test]
    fn a_frame_comes_back_as_it_was() {
        let (aead, key, sealed) = sealed();
        assert_eq!(sealed.len(), FRAME.len() + EXTRA_BYTES);
        assert_eq!(reopen(&aead, &CELL, &key, &sealed).unwrap(), FRAME);
    }

    #[test]
    fn no_byte_of_an_envelope_can_be_changed_or_cut_off() {
        let (aead, key, sealed) = sealed();
        for at in 0..sealed.len() {
            for flip in [1, 0x80] {
                let mut changed = sealed.to_vec();
                changed[at] ^= flip;
                assert!(reopen(&aead, &CELL, &key, &changed).is_err(), "byte {at}");
            }
            assert!(reopen(&aead, &CELL, &key, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_refused(bytes: Vec<u8>, with_header: bool) {
            let header = [MAGIC, FORMAT].into_iter().filter(|_| with_header);
            let sealed: Vec<u8> = header.chain(bytes).collect();
            let aead = Key256::random().aead();
            proptest::prop_assert!(reopen(&aead, &CELL, &Key::of(&["k"]), &sealed).is_err());
        }
    }

    #[test]
    fn a_record_opens_only_in_its_place() {
        let (aead, key, sealed) = sealed();
        assert!(reopen(&aead, &CELL, &Key::of(&["a", "c"]), &sealed).is_err());
        assert!(reopen(&aead, &[2; 16], &key, &sealed).is_err());
        assert!(reopen(&Key256::random().aead(), &CELL, &key, &sealed).is_err());
    }
}
