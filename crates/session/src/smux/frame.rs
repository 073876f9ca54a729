use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

/// The header of a frame; little-endian, as nothing else here is.
pub(super) const HEADER_BYTES: usize = 8;

/// What a frame does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Command {
    /// Opens a stream. Nobody answers; data may follow at once.
    Syn,
    /// Ends a stream, in both directions.
    Fin,
    /// Data.
    Push,
    /// Nothing; it keeps the connection alive.
    Nop,
}

/// One frame of version 1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Frame {
    pub(super) command: Command,
    pub(super) stream: u32,
    pub(super) data: Bytes,
}

/// Why the bytes of a session are not smux, after which there is no way to go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidFrame {
    /// Another version than 1.
    #[error("a multiplexed frame has version {0}; 1 is known")]
    Version(u8),
    /// A command that version 1 does not have.
    #[error("a multiplexed frame has the unknown command {0}")]
    Command(u8),
    /// More streams than are allowed.
    #[error("too many connections are multiplexed")]
    TooManyStreams,
    /// The other end does not stop when there is no more room.
    #[error("the multiplexed connections hold more than they may")]
    TooMuch,
}

impl Frame {
    pub(super) fn bare(command: Command, stream: u32) -> Frame {
        Frame {
            command,
            stream,
            data: Bytes::new(),
        }
    }

    /// Takes a frame off the front; `None` while there is no whole one.
    pub(super) fn take(from: &mut BytesMut) -> Result<Option<Frame>, InvalidFrame> {
        let Some(&[version, command, low, high, a, b, c, d]) = from.first_chunk::<HEADER_BYTES>() else {
            return match from.first() {
                Some(version) if *version != 1 => Err(InvalidFrame::Version(*version)),
                _ => Ok(None),
            };
        };
        if version != 1 {
            return Err(InvalidFrame::Version(version));
        }
        let command = match command {
            0 => Command::Syn,
            1 => Command::Fin,
            2 => Command::Push,
            3 => Command::Nop,
            other => return Err(InvalidFrame::Command(other)),
        };
        let length = usize::from(u16::from_le_bytes([low, high]));
        if from.len() < HEADER_BYTES + length {
            return Ok(None);
        }
        from.advance(HEADER_BYTES);
        let data = from.split_to(length).freeze();
        let stream = u32::from_le_bytes([a, b, c, d]);
        Ok(Some(Frame {
            command,
            stream,
            data,
        }))
    }

    pub(super) fn write(&self, out: &mut BytesMut) {
        out.put_u8(1);
        out.put_u8(match self.command {
            Command::Syn => 0,
            Command::Fin => 1,
            Command::Push => 2,
            Command::Nop => 3,
        });
        out.put_u16_le(u16::try_from(self.data.len()).expect("longer data is cut before"));
        out.put_u32_le(self.stream);
        out.put_slice(&self.data);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn frames_go_both_ways(command in 0usize..4, stream: u32, data: Vec<u8>) {
            let command = [Command::Syn, Command::Fin, Command::Push, Command::Nop][command];
            let frame = Frame { command, stream, data: data.into() };
            let mut bytes = BytesMut::new();
            frame.write(&mut bytes);
            let mut cut = BytesMut::from(&bytes[..bytes.len() - 1]);
            prop_assert_eq!(Frame::take(&mut cut), Ok(None));
            prop_assert_eq!(Frame::take(&mut bytes), Ok(Some(frame)));
            prop_assert!(bytes.is_empty());
        }
    }

    #[test]
    fn what_is_no_frame_is_refused_as_early_as_can_be() {
        assert_eq!(
            Frame::take(&mut BytesMut::from(&[2][..])),
            Err(InvalidFrame::Version(2))
        );
        let update = [1, 4, 0, 0, 3, 0, 0, 0];
        assert_eq!(
            Frame::take(&mut BytesMut::from(&update[..])),
            Err(InvalidFrame::Command(4))
        );
        assert_eq!(Frame::take(&mut BytesMut::new()), Ok(None));
    }
}
