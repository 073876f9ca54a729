//! The binary message: a header of 120 bytes and a payload, big-endian.
//!
//! The first field is the offset of the payload's length and not the header's length; readers go by it,
//! writers always say 116. AWS's peers panic when it points beyond the frame, and drop a message whose
//! digest is wrong without a word. Here each of these is an error with a name.

mod header;
mod id;
mod kind;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::{BufMut as _, Bytes, BytesMut};

pub use header::Header;
pub use id::{InvalidMessageId, MessageId, MessageIds};
pub use kind::{Flags, MessageType, OtherType, PayloadType};

/// The longest frame that is read; what the peers send has 1 KiB, what we send at most 256 KiB and a header.
pub const MAX_FRAME_BYTES: usize = 4 << 20;

/// The header with the payload's length, as everybody writes it.
pub const HEADER_BYTES: usize = 120;

/// What the header's first field says in every message that was ever seen.
pub(crate) const LENGTH_OFFSET: u32 = 116;

/// A message of a data channel or a control channel.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// What it is for.
    pub message_type: MessageType,
    /// Its place in its direction's stream, from 0; 0 for what is not part of a stream.
    pub sequence: i64,
    /// Where in the stream it stands; nobody acts on it.
    pub flags: Flags,
    /// Its name, which acknowledgements repeat.
    pub id: MessageId,
    /// When it was made, in milliseconds since 1970; never 0.
    pub created_ms: u64,
    /// What the payload is.
    pub payload_type: PayloadType,
    /// The bytes.
    pub payload: Bytes,
}

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MessageError {
    /// Longer than [`MAX_FRAME_BYTES`].
    #[error("the frame has {length} bytes; {MAX_FRAME_BYTES} are allowed")]
    TooLong {
        /// How long it is.
        length: usize,
    },
    /// It ends within its header.
    #[error("the frame ends after {length} bytes, within its header")]
    Cut {
        /// How long it is.
        length: usize,
    },
    /// The header's length points into the header or beyond the frame.
    #[error("the header says that it is {length} bytes long")]
    HeaderLength {
        /// What it says.
        length: u32,
    },
    /// No type, or one that is not printable ASCII.
    #[error("the message has no type that could be read")]
    MessageType,
    /// Another schema than 1.
    #[error("the message has schema version {found}; 1 is known")]
    SchemaVersion {
        /// What it says.
        found: u32,
    },
    /// A date of creation of 0.
    #[error("the message does not say when it was made")]
    Created,
    /// The payload is not as long as is said.
    #[error("the payload has {real} bytes instead of {announced}")]
    PayloadLength {
        /// What the header says.
        announced: u32,
        /// How long it is.
        real: usize,
    },
    /// The payload is not the one that was sent.
    #[error("the payload does not have the digest that the header says")]
    Digest,
}

impl Message {
    /// Reads a frame; the payload is a part of it, not a copy.
    ///
    /// # Errors
    ///
    /// If anything in it cannot be, or the payload does not fit its digest. As AWS's plugin, an empty
    /// payload's digest is not looked at, and messages about publication need no date.
    pub fn parse(mut frame: Bytes) -> Result<Message, MessageError> {
        let header = Header::read(&frame)?;
        let payload = frame.split_off(header.payload_start);
        if !payload.is_empty() && digest(&SHA256, &payload).as_ref() != &frame[80..112] {
            return Err(MessageError::Digest);
        }
        Ok(Message {
            message_type: header.message_type,
            sequence: header.sequence,
            flags: header.flags,
            id: header.id,
            created_ms: header.created_ms,
            payload_type: header.payload_type,
            payload,
        })
    }

    /// Writes the frame.
    pub fn to_bytes(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(HEADER_BYTES + self.payload.len());
        out.put_u32(LENGTH_OFFSET);
        out.put_slice(&self.message_type.padded());
        out.put_u32(1);
        out.put_u64(self.created_ms);
        out.put_i64(self.sequence);
        out.put_u64(self.flags.0);
        out.put_slice(&self.id.to_wire());
        out.put_slice(digest(&SHA256, &self.payload).as_ref());
        out.put_u32(self.payload_type.number());
        out.put_u32(u32::try_from(self.payload.len()).expect("nobody makes payloads of 4 GiB"));
        out.put_slice(&self.payload);
        out.freeze()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(payload: &'static [u8]) -> Message {
        Message {
            message_type: MessageType::InputStreamData,
            sequence: 2,
            flags: Flags::default(),
            id: MessageId([7; 16]),
            created_ms: 1,
            payload_type: PayloadType::Output,
            payload: Bytes::from_static(payload),
        }
    }

    fn refused(change: impl FnOnce(&mut Vec<u8>)) -> MessageError {
        let mut frame = message(b"ls\n").to_bytes().to_vec();
        change(&mut frame);
        Message::parse(frame.into()).unwrap_err()
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        use MessageError::*;
        assert_eq!(refused(|frame| frame.truncate(119)), Cut { length: 119 });
        assert_eq!(refused(|frame| frame[3] = 0), HeaderLength { length: 0 });
        assert_eq!(refused(|frame| frame[3] = 115), HeaderLength { length: 115 });
        assert_eq!(refused(|frame| frame[2] = 1), HeaderLength { length: 372 });
        let far = u32::MAX;
        assert_eq!(
            refused(|frame| frame[..4].fill(0xff)),
            HeaderLength { length: far }
        );
        assert_eq!(refused(|frame| frame[4..36].fill(b' ')), MessageType);
        assert_eq!(refused(|frame| frame[5] = 0x80), MessageType);
        assert_eq!(refused(|frame| frame[39] = 2), SchemaVersion { found: 2 });
        assert_eq!(refused(|frame| frame[40..48].fill(0)), Created);
        assert_eq!(refused(|frame| frame[122] = b'x'), Digest);
        let (announced, real) = (3, 4);
        assert_eq!(refused(|frame| frame.push(0)), PayloadLength { announced, real });
        let length = MAX_FRAME_BYTES + 1;
        assert_eq!(refused(|frame| frame.resize(length, 0)), TooLong { length });
    }

    #[test]
    fn a_longer_header_is_skipped() {
        let plain = message(b"ls\n").to_bytes();
        let longer = [&plain[..112], &[0, 0, 0, 1, 9, 9, 9, 9], &plain[116..]].concat();
        let mut longer = longer;
        longer[3] = 120;
        assert_eq!(Message::parse(longer.into()).unwrap(), message(b"ls\n"));
    }

    #[test]
    fn publication_needs_no_date() {
        let message = Message {
            message_type: MessageType::StartPublication,
            created_ms: 0,
            ..message(b"")
        };
        assert_eq!(Message::parse(message.to_bytes()), Ok(message));
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back(
            name in "[a-z_]{1,32}", sequence: i64, flags: u64, id: [u8; 16], created_ms in 1u64..,
            payload_type: u32, payload: Vec<u8>,
        ) {
            let message = Message {
                message_type: MessageType::parse(name.as_bytes()).unwrap(),
                sequence,
                flags: Flags(flags),
                id: MessageId(id),
                created_ms,
                payload_type: payload_type.into(),
                payload: payload.into(),
            };
            prop_assert_eq!(Message::parse(message.to_bytes()), Ok(message));
        }

        #[test]
        fn anything_may_arrive(bytes: Vec<u8>) {
            let _ = Message::parse(bytes.into());
        }
    }
}
