//! The small payloads of a running session: a terminal's size, flags, how a command ended.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Bytes that are not what their payload type promises.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the payload is not what its type promises")]
pub struct InvalidPayload;

/// Longer ones are not read.
const MAX_BYTES: usize = 1024;

/// A terminal's size, in characters.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Size {
    /// How many columns.
    pub cols: u16,
    /// How many rows.
    pub rows: u16,
}

impl Size {
    /// What AWS's plugin says when there is no terminal.
    pub const NO_TERMINAL: Size = Size { cols: 300, rows: 100 };

    /// Reads a payload.
    ///
    /// # Errors
    ///
    /// If it is not such JSON with numbers below 65536.
    pub fn parse(payload: &[u8]) -> Result<Size, InvalidPayload> {
        small_json(payload)
    }

    /// Writes the payload.
    pub fn to_bytes(self) -> Bytes {
        format!(r#"{{"cols":{},"rows":{}}}"#, self.cols, self.rows).into()
    }
}

/// What one end tells the other about a port or the session, as a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flag {
    /// The client's connection has ended; the next bytes belong to a new one.
    DisconnectToPort,
    /// The client ends the session.
    TerminateSession,
    /// The agent could not connect to the port.
    ConnectToPortError,
}

impl Flag {
    /// Reads a payload.
    ///
    /// # Errors
    ///
    /// If it is not four bytes with a known number.
    pub fn parse(payload: &[u8]) -> Result<Flag, InvalidPayload> {
        match payload {
            [0, 0, 0, 1] => Ok(Flag::DisconnectToPort),
            [0, 0, 0, 2] => Ok(Flag::TerminateSession),
            [0, 0, 0, 3] => Ok(Flag::ConnectToPortError),
            _ => Err(InvalidPayload),
        }
    }

    /// Writes the payload.
    pub fn to_bytes(self) -> Bytes {
        Bytes::from_static(match self {
            Flag::DisconnectToPort => &[0, 0, 0, 1],
            Flag::TerminateSession => &[0, 0, 0, 2],
            Flag::ConnectToPortError => &[0, 0, 0, 3],
        })
    }
}

/// Reads what AWS's agent says when a command with separate outputs ends: `EXIT_CODE: n`.
///
/// # Errors
///
/// If it is something else.
pub fn parse_exit_code(payload: &[u8]) -> Result<i32, InvalidPayload> {
    let number = payload.strip_prefix(b"EXIT_CODE:").ok_or(InvalidPayload)?;
    let number = std::str::from_utf8(number).map_err(|_| InvalidPayload)?;
    number.trim().parse().map_err(|_| InvalidPayload)
}

/// Writes that.
pub fn exit_code(code: i32) -> Bytes {
    format!("EXIT_CODE: {code}").into()
}

/// The last payload of a direction in the fast dialect; nothing comes after it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EndOfStream {
    /// How the shell or command ended: 0 to 255, and 128 + n after signal n.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_status: Option<i32>,
    /// Why it ended, for a person, where a status does not say it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl EndOfStream {
    /// Reads a payload.
    ///
    /// # Errors
    ///
    /// If it is not such JSON.
    pub fn parse(payload: &[u8]) -> Result<EndOfStream, InvalidPayload> {
        small_json(payload)
    }

    /// Writes the payload.
    pub fn to_bytes(&self) -> Bytes {
        let mut reason = self.reason.clone();
        // Escaped, six bytes for each at most.
        reason.truncate(reason.floor_char_boundary(150));
        let exit_status = self.exit_status;
        serde_json::to_vec(&EndOfStream { exit_status, reason })
            .expect("text and a number can be written")
            .into()
    }
}

fn small_json<T: for<'a> Deserialize<'a>>(payload: &[u8]) -> Result<T, InvalidPayload> {
    if payload.len() > MAX_BYTES {
        return Err(InvalidPayload);
    }
    serde_json::from_slice(payload).map_err(|_| InvalidPayload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_flags_go_both_ways() {
        let size = Size { cols: 80, rows: 24 };
        assert_eq!(size.to_bytes(), r#"{"cols":80,"rows":24}"#);
        assert_eq!(Size::parse(&size.to_bytes()), Ok(size));
        assert_eq!(Size::parse(br#"{"cols":70000,"rows":1}"#), Err(InvalidPayload));
        for flag in [
            Flag::DisconnectToPort,
            Flag::TerminateSession,
            Flag::ConnectToPortError,
        ] {
            assert_eq!(Flag::parse(&flag.to_bytes()), Ok(flag));
        }
        assert_eq!(Flag::parse(b"\0\0\0\x04"), Err(InvalidPayload));
    }

    #[test]
    fn an_exit_code_is_read_as_the_agent_writes_it() {
        assert_eq!(exit_code(3), "EXIT_CODE: 3");
        assert_eq!(parse_exit_code(b"EXIT_CODE: -1"), Ok(-1));
        assert_eq!(parse_exit_code(b"EXIT_CODE: "), Err(InvalidPayload));
    }

    #[test]
    fn an_end_can_always_be_read_again() {
        let end = EndOfStream {
            exit_status: Some(137),
            reason: "\u{1}".repeat(5000),
        };
        let read = EndOfStream::parse(&end.to_bytes()).unwrap();
        assert_eq!((read.exit_status, read.reason.len()), (Some(137), 150));
        assert_eq!(EndOfStream::parse(b"{}"), Ok(EndOfStream::default()));
    }
}
