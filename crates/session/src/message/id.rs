use std::fmt;
use std::str::FromStr;

/// A message's UUID, in the order of its text. On the wire its halves stand the other way round.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct MessageId(pub [u8; 16]);

/// Text that is no UUID.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a message id is a UUID such as 00112233-4455-6677-8899-aabbccddeeff")]
pub struct InvalidMessageId;

impl MessageId {
    pub(crate) fn to_wire(self) -> [u8; 16] {
        u128::from_be_bytes(self.0).rotate_left(64).to_be_bytes()
    }

    pub(crate) fn from_wire(bytes: [u8; 16]) -> MessageId {
        MessageId(u128::from_be_bytes(bytes).rotate_left(64).to_be_bytes())
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            if matches!(place, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for MessageId {
    type Err = InvalidMessageId;

    fn from_str(text: &str) -> Result<MessageId, InvalidMessageId> {
        let bytes = text.as_bytes();
        let dashes = [8, 13, 18, 23];
        if bytes.len() != 36 || dashes.iter().any(|place| bytes[*place] != b'-') {
            return Err(InvalidMessageId);
        }
        let digits = bytes.iter().filter(|byte| **byte != b'-');
        let digits: Option<Vec<u32>> = digits.map(|digit| char::from(*digit).to_digit(16)).collect();
        let digits = digits
            .filter(|digits| digits.len() == 32)
            .ok_or(InvalidMessageId)?;
        let number = digits
            .iter()
            .fold(0, |number: u128, digit| number << 4 | u128::from(*digit));
        Ok(MessageId(number.to_be_bytes()))
    }
}

/// Names for the messages of one end: random where it starts, then counted up.
///
/// Nobody checks them and nothing is secret about them; they must only differ.
#[derive(Debug)]
pub struct MessageIds {
    next: u128,
}

impl MessageIds {
    /// Starts at 16 random bytes.
    pub fn new(random: [u8; 16]) -> MessageIds {
        MessageIds {
            next: u128::from_be_bytes(random),
        }
    }

    /// The next one, in the form of a random UUID (version 4).
    pub fn take(&mut self) -> MessageId {
        let mut bytes = self.next.to_be_bytes();
        self.next = self.next.wrapping_add(1);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        MessageId(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_halves_are_swapped_on_the_wire() {
        let text = "00112233-4455-6677-8899-aabbccddeeff";
        let id: MessageId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(id.to_wire()[..3], [0x88, 0x99, 0xaa]);
        assert_eq!(MessageId::from_wire(id.to_wire()), id);
    }

    #[test]
    fn text_that_is_no_uuid_is_refused() {
        let wrong = [
            "",
            "0011",
            "00112233-4455-6677-8899-aabbccddeefg",
            "00112233445566778899-aabbccddee-ff--",
        ];
        for text in wrong {
            assert_eq!(text.parse::<MessageId>(), Err(InvalidMessageId), "{text}");
        }
    }

    #[test]
    fn names_differ_and_look_random() {
        let mut ids = MessageIds::new([0xff; 16]);
        let (first, second) = (ids.take(), ids.take());
        assert_ne!(first, second);
        assert_eq!(first.to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
