//! The payload of `acknowledge`: which message of which stream has arrived.
//!
//! Receivers go by the number alone. Our fast dialect adds two keys that AWS's peers would ignore and are
//! never sent: that everything before has arrived as well, and how far the sender may go on.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::message::{MessageId, MessageType};

/// Longer ones are not read; ours have some 260 bytes.
const MAX_BYTES: usize = 4096;

/// What an `acknowledge` says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Acknowledge {
    /// The stream.
    pub message_type: MessageType,
    /// The message's name, as text; nobody acts on it.
    pub message_id: String,
    /// The message's number.
    pub sequence: i64,
    /// Whether all messages before it are acknowledged, too.
    pub cumulative: bool,
    /// Up to which byte, counted over all payloads of the stream, the sender may go on; only in the fast
    /// dialect.
    pub allowance: Option<u64>,
}

/// Bytes that acknowledge nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the acknowledgement cannot be read")]
pub struct InvalidAcknowledge;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Wire<'a> {
    #[serde(borrow)]
    acknowledged_message_type: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    acknowledged_message_id: std::borrow::Cow<'a, str>,
    acknowledged_message_sequence_number: i64,
    #[serde(default)]
    is_sequential_message: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    cumulative: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    allowance: Option<u64>,
}

impl Acknowledge {
    /// The plain acknowledgement of one message.
    pub fn of(message_type: MessageType, id: MessageId, sequence: i64) -> Acknowledge {
        Acknowledge {
            message_type,
            message_id: id.to_string(),
            sequence,
            cumulative: false,
            allowance: None,
        }
    }

    /// Reads a payload.
    ///
    /// # Errors
    ///
    /// If it is no such JSON, or longer than any acknowledgement.
    pub fn parse(payload: &[u8]) -> Result<Acknowledge, InvalidAcknowledge> {
        if payload.len() > MAX_BYTES {
            return Err(InvalidAcknowledge);
        }
        let wire: Wire<'_> = serde_json::from_slice(payload).map_err(|_| InvalidAcknowledge)?;
        let message_type = MessageType::parse(wire.acknowledged_message_type.as_bytes());
        Ok(Acknowledge {
            message_type: message_type.ok_or(InvalidAcknowledge)?,
            message_id: wire.acknowledged_message_id.into_owned(),
            sequence: wire.acknowledged_message_sequence_number,
            cumulative: wire.cumulative,
            allowance: wire.allowance,
        })
    }

    /// Writes the payload, with its keys in the order that AWS's peers have.
    pub fn to_bytes(&self) -> Bytes {
        let wire = Wire {
            acknowledged_message_type: self.message_type.name().into(),
            acknowledged_message_id: self.message_id.as_str().into(),
            acknowledged_message_sequence_number: self.sequence,
            is_sequential_message: true,
            cumulative: self.cumulative,
            allowance: self.allowance,
        };
        serde_json::to_vec(&wire)
            .expect("text and numbers can be written")
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_one_has_only_the_keys_of_aws() {
        let plain = Acknowledge::of(MessageType::InputStreamData, MessageId([0; 16]), 4);
        assert_eq!(
            plain.to_bytes(),
            r#"{"AcknowledgedMessageType":"input_stream_data","AcknowledgedMessageId":"00000000-0000-0000-0000-000000000000","AcknowledgedMessageSequenceNumber":4,"IsSequentialMessage":true}"#
        );
        assert_eq!(Acknowledge::parse(&plain.to_bytes()), Ok(plain));
    }

    #[test]
    fn the_fast_one_covers_all_before_it_and_says_how_far_to_go_on() {
        let fast = Acknowledge {
            cumulative: true,
            allowance: Some(1 << 40),
            ..Acknowledge::of(MessageType::OutputStreamData, MessageId([1; 16]), 900)
        };
        assert_eq!(Acknowledge::parse(&fast.to_bytes()), Ok(fast));
    }

    #[test]
    fn what_is_no_acknowledgement_is_refused() {
        let long = [&b"{"[..], &vec![b' '; MAX_BYTES], b"}"].concat();
        for payload in [
            &b""[..],
            b"{}",
            b"[]",
            br#"{"AcknowledgedMessageType":"x"}"#,
            &long,
        ] {
            assert_eq!(Acknowledge::parse(payload), Err(InvalidAcknowledge));
        }
    }
}
