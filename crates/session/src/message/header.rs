use crate::acknowledge::Acknowledge;

use super::{Flags, HEADER_BYTES, MAX_FRAME_BYTES, MessageError, MessageId, MessageType, PayloadType};

/// What a relay has to know of a frame, read without hashing the payload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Header {
    /// What it is for.
    pub message_type: MessageType,
    /// Its place in its stream.
    pub sequence: i64,
    /// Where in the stream it stands.
    pub flags: Flags,
    /// Its name.
    pub id: MessageId,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: u64,
    /// What the payload is.
    pub payload_type: PayloadType,
    /// How many bytes the payload has.
    pub payload_length: usize,
    /// What an `acknowledge` acknowledges; `None` for all others, and for one that cannot be read.
    pub acknowledged: Option<Acknowledge>,
    pub(super) payload_start: usize,
}

impl Header {
    /// Reads the header of a frame and, of an acknowledgement, the numbers it is about. The payload's
    /// digest is left to whom the message is for.
    ///
    /// # Errors
    ///
    /// As [`super::Message::parse`], but for the digest.
    pub fn peek(frame: &[u8]) -> Result<Header, MessageError> {
        let mut header = Header::read(frame)?;
        if header.message_type == MessageType::Acknowledge {
            header.acknowledged = Acknowledge::parse(&frame[header.payload_start..]).ok();
        }
        Ok(header)
    }

    pub(super) fn read(frame: &[u8]) -> Result<Header, MessageError> {
        let length = frame.len();
        if length > MAX_FRAME_BYTES {
            return Err(MessageError::TooLong { length });
        }
        if length < HEADER_BYTES {
            return Err(MessageError::Cut { length });
        }
        let payload_start = payload_start(frame)?;
        let message_type = MessageType::parse(field::<32>(frame, 4)).ok_or(MessageError::MessageType)?;
        let found = number(frame, 36);
        if found != 1 {
            return Err(MessageError::SchemaVersion { found });
        }
        let created_ms = u64::from_be_bytes(*field(frame, 40));
        if created_ms == 0 && !message_type.is_publication() {
            return Err(MessageError::Created);
        }
        let (announced, real) = (number(frame, payload_start - 4), length - payload_start);
        if usize::try_from(announced) != Ok(real) {
            return Err(MessageError::PayloadLength { announced, real });
        }
        Ok(Header {
            message_type,
            sequence: i64::from_be_bytes(*field(frame, 48)),
            flags: Flags(u64::from_be_bytes(*field(frame, 56))),
            id: MessageId::from_wire(*field(frame, 64)),
            created_ms,
            payload_type: number(frame, 112).into(),
            payload_length: real,
            acknowledged: None,
            payload_start,
        })
    }
}

/// Where the payload begins: behind its length, which stands where the first field says.
fn payload_start(frame: &[u8]) -> Result<usize, MessageError> {
    let length = number(frame, 0);
    let start = usize::try_from(length)
        .ok()
        .and_then(|length| length.checked_add(4));
    start
        .filter(|start| (HEADER_BYTES..=frame.len()).contains(start))
        .ok_or(MessageError::HeaderLength { length })
}

fn number(frame: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(*field(frame, at))
}

fn field<const N: usize>(frame: &[u8], at: usize) -> &[u8; N] {
    let bytes = frame[at..].first_chunk();
    bytes.expect("the frame is not shorter than its header")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::message::Message;

    #[test]
    fn a_relay_learns_what_is_acknowledged() {
        let acknowledge = Acknowledge::of(MessageType::OutputStreamData, MessageId([3; 16]), 12);
        let message = Message {
            message_type: MessageType::Acknowledge,
            sequence: 0,
            flags: Flags::ACKNOWLEDGE,
            id: MessageId([9; 16]),
            created_ms: 5,
            payload_type: PayloadType::None,
            payload: acknowledge.to_bytes(),
        };
        let header = Header::peek(&message.to_bytes()).unwrap();
        assert_eq!(header.acknowledged, Some(acknowledge));
        let garbled = Message {
            payload: Bytes::from_static(b"{"),
            ..message
        };
        let header = Header::peek(&garbled.to_bytes()).unwrap();
        assert_eq!((header.acknowledged, header.payload_length), (None, 1));
    }
}
