//! The frames that the gateway itself writes, and what it reads of the frames that pass.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use kagiban_iam::Entropy;
use kagiban_session::acknowledge::Acknowledge;
use kagiban_session::control::{ChannelClosed, SessionState, State, TaskAcknowledge};
use kagiban_session::message::{Flags, Header, Message, MessageId, MessageIds, MessageType, PayloadType};
use kagiban_session::payload::Flag;

use super::meeting::{Heard, Side};

/// Makes frames, each with a name of its own.
#[derive(Debug)]
pub(super) struct Frames(MessageIds);

impl Frames {
    pub(super) fn new() -> Frames {
        Frames(MessageIds::new(Entropy::system().bytes()))
    }

    /// The other end is there.
    pub(super) fn start_publication(&mut self) -> Bytes {
        self.frame(MessageType::StartPublication, Flags::default(), Bytes::new())
    }

    /// The other end is away.
    pub(super) fn pause_publication(&mut self) -> Bytes {
        self.frame(MessageType::PausePublication, Flags::default(), Bytes::new())
    }

    /// The session is over. `destination` is the client's id or the node's.
    pub(super) fn channel_closed(&mut self, session: &str, destination: &str, output: &str) -> Bytes {
        let id = self.0.take();
        let closed = ChannelClosed {
            message_type: "channel_closed".to_owned(),
            message_id: id.to_string(),
            destination_id: destination.to_owned(),
            session_id: session.to_owned(),
            schema_version: 1,
            created_date: now_ms().to_string(),
            output: output.to_owned(),
        };
        message(
            MessageType::ChannelClosed,
            id,
            Flags::default(),
            closed.to_bytes(),
        )
    }

    /// The order to begin a session.
    pub(super) fn interactive_shell(&mut self, payload: Bytes) -> Bytes {
        self.frame(MessageType::InteractiveShell, Flags::default(), payload)
    }

    /// That an agent has ended a session is known.
    pub(super) fn task_acknowledge(&mut self, of: MessageId, task: &str, topic: &str) -> Bytes {
        let known = TaskAcknowledge {
            schema_version: 1,
            message_id: of.to_string(),
            task_id: task.to_owned(),
            topic: topic.to_owned(),
        };
        self.frame(
            MessageType::AgentTaskAcknowledge,
            Flags::default(),
            known.to_bytes(),
        )
    }

    /// A message of a stream has arrived, as the other end has said before.
    pub(super) fn acknowledge(&mut self, of: &Header) -> Bytes {
        let known = Acknowledge::of(of.message_type, of.id, of.sequence);
        self.frame(MessageType::Acknowledge, Flags::ACKNOWLEDGE, known.to_bytes())
    }

    fn frame(&mut self, message_type: MessageType, flags: Flags, payload: Bytes) -> Bytes {
        let id = self.0.take();
        message(message_type, id, flags, payload)
    }
}

fn message(message_type: MessageType, id: MessageId, flags: Flags, payload: Bytes) -> Bytes {
    let message = Message {
        message_type,
        sequence: 0,
        flags,
        id,
        created_ms: now_ms(),
        payload_type: PayloadType::None,
        payload,
    };
    message.to_bytes()
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(1, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)) // 0 is no date
}

/// What a frame from this end is to the meeting.
pub(super) fn heard(side: Side, header: &mut Header, frame: &Bytes) -> Heard {
    let (own, others) = match side {
        Side::Client => (MessageType::InputStreamData, MessageType::OutputStreamData),
        Side::Agent => (MessageType::OutputStreamData, MessageType::InputStreamData),
    };
    match header.message_type {
        kind if kind == own => stream(header, payload(header, frame)),
        MessageType::Acknowledge => match header.acknowledged.take() {
            Some(acknowledge) if acknowledge.message_type == others => Heard::Acknowledge(acknowledge),
            _ => Heard::Foreign,
        },
        MessageType::AgentSessionState if side == Side::Agent => {
            let state = SessionState::parse(payload(header, frame));
            let terminating = state.is_ok_and(|state| state.session_state == State::Terminating);
            Heard::State { terminating }
        }
        _ => Heard::Foreign,
    }
}

fn stream(header: &Header, payload: &[u8]) -> Heard {
    let asks_to_end = || Flag::parse(payload) == Ok(Flag::TerminateSession);
    Heard::Stream {
        sequence: header.sequence,
        alive: matches!(
            header.payload_type,
            PayloadType::Output | PayloadType::StdErr | PayloadType::ExitCode
        ),
        farewell: header.payload_type == PayloadType::Flag && asks_to_end(),
    }
}

/// The last bytes of a frame: a header may be longer than ours, but the payload is always at the end.
fn payload<'f>(header: &Header, frame: &'f Bytes) -> &'f [u8] {
    &frame[frame.len() - header.payload_length..]
}
