use std::fmt;

/// What a message is for.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum MessageType {
    /// Client to agent, part of a stream.
    InputStreamData,
    /// Agent to client, part of a stream.
    OutputStreamData,
    /// Either end to the other: a message of a stream has arrived.
    Acknowledge,
    /// Agent to gateway: the session is connected or about to end. The client never sees it.
    AgentSessionState,
    /// Gateway to either end: the other one is there.
    StartPublication,
    /// Gateway to either end: the other one is away.
    PausePublication,
    /// Gateway to either end: the session is over.
    ChannelClosed,
    /// Gateway to the agent's control channel: begin a session, of whatever type.
    InteractiveShell,
    /// Gateway to the agent's control channel: run or cancel a command.
    AgentJob,
    /// Agent to gateway: a job was accepted or not.
    AgentJobAck,
    /// Agent to gateway: a job's outcome so far.
    AgentJobReply,
    /// Gateway to agent: that outcome is kept.
    AgentJobReplyAck,
    /// Agent to gateway: a session has ended.
    AgentTaskComplete,
    /// Gateway to agent: that end is known.
    AgentTaskAcknowledge,
    /// A type that is not known here.
    Other(OtherType),
}

/// The name of a type that is not known here: padded with spaces, as on the wire.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct OtherType([u8; 32]);

const NAMES: [(MessageType, &str); 14] = [
    (MessageType::InputStreamData, "input_stream_data"),
    (MessageType::OutputStreamData, "output_stream_data"),
    (MessageType::Acknowledge, "acknowledge"),
    (MessageType::AgentSessionState, "agent_session_state"),
    (MessageType::StartPublication, "start_publication"),
    (MessageType::PausePublication, "pause_publication"),
    (MessageType::ChannelClosed, "channel_closed"),
    (MessageType::InteractiveShell, "interactive_shell"),
    (MessageType::AgentJob, "agent_job"),
    (MessageType::AgentJobAck, "agent_job_ack"),
    (MessageType::AgentJobReply, "agent_job_reply"),
    (MessageType::AgentJobReplyAck, "agent_job_reply_ack"),
    (MessageType::AgentTaskComplete, "agent_task_complete"),
    (MessageType::AgentTaskAcknowledge, "agent_task_acknowledge"),
];

impl MessageType {
    /// Reads a name, padded with spaces or zeros; `None` if it is empty, longer than 32 bytes or not
    /// printable ASCII.
    pub fn parse(field: &[u8]) -> Option<MessageType> {
        let name = field.trim_ascii_end();
        let zeros = name.iter().rev().take_while(|byte| **byte == 0).count();
        let name = name[..name.len() - zeros].trim_ascii();
        let printable = name.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
        if name.is_empty() || name.len() > 32 || !printable {
            return None;
        }
        let known = NAMES.iter().find(|(_, known)| known.as_bytes() == name);
        Some(known.map_or_else(|| MessageType::Other(OtherType(pad(name))), |(kind, _)| *kind))
    }

    /// The name, as text.
    pub fn name(&self) -> &str {
        match self {
            MessageType::Other(other) => {
                let text = std::str::from_utf8(&other.0).expect("only ASCII was let in");
                text.trim_end()
            }
            known => {
                let found = NAMES.iter().find(|(kind, _)| kind == known);
                found.expect("all but `Other` have a name").1
            }
        }
    }

    /// Whether its messages are numbered, acknowledged and sent again.
    pub fn is_stream(self) -> bool {
        matches!(self, MessageType::InputStreamData | MessageType::OutputStreamData)
    }

    pub(crate) fn is_publication(self) -> bool {
        matches!(
            self,
            MessageType::StartPublication | MessageType::PausePublication
        )
    }

    pub(crate) fn padded(&self) -> [u8; 32] {
        match self {
            MessageType::Other(other) => other.0,
            known => pad(known.name().as_bytes()),
        }
    }
}

fn pad(name: &[u8]) -> [u8; 32] {
    let mut padded = [b' '; 32];
    padded[..name.len()].copy_from_slice(name);
    padded
}

impl fmt::Debug for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where in its stream a message says that it stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Flags(pub u64);

impl Flags {
    /// The first message of a stream.
    pub const SYN: Flags = Flags(1);
    /// The last one.
    pub const FIN: Flags = Flags(2);
    /// What acknowledgements and `agent_session_state` carry.
    pub const ACKNOWLEDGE: Flags = Flags(3);
}

/// What a payload is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PayloadType {
    /// That of messages which are not part of a stream.
    None,
    /// Bytes of a terminal or a port; encrypted when encryption is on.
    Output,
    /// Not used by any peer we know.
    Error,
    /// Client to agent: the terminal's size, JSON; never encrypted.
    Size,
    /// Not used by any peer we know.
    Parameter,
    /// Agent to client, JSON.
    HandshakeRequest,
    /// Client to agent, JSON.
    HandshakeResponse,
    /// Agent to client, JSON.
    HandshakeComplete,
    /// Agent to client, JSON: show that you have the key.
    EncryptionChallengeRequest,
    /// Client to agent, JSON.
    EncryptionChallengeResponse,
    /// A number: disconnect, terminate, could not connect.
    Flag,
    /// Agent to client: bytes of standard error; encrypted when encryption is on.
    StdErr,
    /// Agent to client: `EXIT_CODE: n`; encrypted when encryption is on.
    ExitCode,
    /// Ours, in the fast dialect only: nothing follows in this direction; JSON, with the exit status.
    EndOfStream,
    /// A number that is not known here.
    Other(u32),
}

const NUMBERS: [(PayloadType, u32); 14] = [
    (PayloadType::None, 0),
    (PayloadType::Output, 1),
    (PayloadType::Error, 2),
    (PayloadType::Size, 3),
    (PayloadType::Parameter, 4),
    (PayloadType::HandshakeRequest, 5),
    (PayloadType::HandshakeResponse, 6),
    (PayloadType::HandshakeComplete, 7),
    (PayloadType::EncryptionChallengeRequest, 8),
    (PayloadType::EncryptionChallengeResponse, 9),
    (PayloadType::Flag, 10),
    (PayloadType::StdErr, 11),
    (PayloadType::ExitCode, 12),
    (PayloadType::EndOfStream, 4001),
];

impl PayloadType {
    /// What stands in the header.
    pub fn number(self) -> u32 {
        match self {
            PayloadType::Other(number) => number,
            known => {
                let found = NUMBERS.iter().find(|(kind, _)| *kind == known);
                found.expect("all but `Other` have a number").1
            }
        }
    }
}

impl From<u32> for PayloadType {
    fn from(number: u32) -> PayloadType {
        let known = NUMBERS.iter().find(|(_, known)| *known == number);
        known.map_or(PayloadType::Other(number), |(kind, _)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_go_both_ways() {
        for (kind, name) in NAMES {
            assert_eq!(MessageType::parse(name.as_bytes()), Some(kind));
            assert_eq!(kind.name(), name);
        }
        for (kind, number) in NUMBERS {
            assert_eq!(PayloadType::from(number), kind);
            assert_eq!(kind.number(), number);
        }
        assert_eq!(PayloadType::from(77).number(), 77);
    }

    #[test]
    fn padding_is_not_part_of_a_name() {
        let telemetry = MessageType::parse(b"agent_telemetry   ").unwrap();
        assert_eq!(telemetry.name(), "agent_telemetry");
        assert_eq!(
            MessageType::parse(b"acknowledge\0\0\0"),
            Some(MessageType::Acknowledge)
        );
        assert_eq!(MessageType::parse(b"   "), None);
        assert_eq!(MessageType::parse(b"a\x1b[2J"), None);
        assert_eq!(MessageType::parse(&[b'a'; 33]), None);
    }
}
