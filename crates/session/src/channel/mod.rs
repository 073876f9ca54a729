//! The layer that makes a stream of messages arrive once and in order, whatever becomes of the sockets.
//!
//! Messages are numbered, acknowledged and sent again until they are; numbers and lists outlive a socket.
//! AWS's peers send without a window and acknowledge each message; towards them this end keeps to a bound
//! of its own, and stops reading when its reader is behind. Between our own ends, once [`Channel::speak_fast`]
//! was said on both sides, an acknowledgement covers all before it and carries an allowance: how far the
//! sender may go, so that a slow reader stops its sender and neither a relay nor the other direction.
//!
//! A driver hands in what arrives ([`Channel::receive`]), writes what is to go out ([`Channel::transmit`])
//! until there is nothing, takes what is for it ([`Channel::take`]), and comes back at the latest at
//! [`Channel::deadline`].

mod acks;
mod incoming;
mod outgoing;
mod timer;

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;

use crate::acknowledge::Acknowledge;
use crate::control::ChannelClosed;
use crate::handshake::FastMode;
use crate::message::{Flags, Message, MessageIds, MessageType, PayloadType};

use acks::Acks;
use incoming::{Incoming, Taken};
use outgoing::Outgoing;

/// What may be on the way before [`Channel::send`] refuses, and may wait for the reader: 4 MiB.
pub const LIMIT_BYTES: u64 = 4 << 20;

/// How many messages may be on the way: AWS's plugin throws away what is so far ahead, and each takes more
/// room than its few bytes.
pub const LIMIT_MESSAGES: usize = 10_000;

/// The longest payload towards AWS's peers, which send 1 KiB and take much more.
const PLAIN_PAYLOAD: usize = 32 << 10;

/// What the reader's queue has above the window, for the message that overshoots it.
const SLACK: u64 = 1 << 20;

/// What a message is counted for: its payload, and some room for the rest.
fn cost(payload: usize) -> u64 {
    u64::try_from(payload).expect("a payload is in memory") + 128
}

/// Which end of a session this is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// It sends `input_stream_data`.
    Client,
    /// It sends `output_stream_data`.
    Agent,
}

/// When a channel began, and where its messages' names start.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// By the clock that all later calls use.
    pub now: Instant,
    /// The same moment in milliseconds since 1970.
    pub unix_ms: u64,
    /// 16 random bytes.
    pub random: [u8; 16],
}

/// What has arrived, in the order in which it was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// A message of the stream.
    Data {
        /// What the payload is.
        payload_type: PayloadType,
        /// The bytes.
        payload: Bytes,
    },
    /// The gateway says that the other end is there.
    PeerPresent,
    /// The gateway says that the other end is away; what is sent waits.
    PeerAway,
    /// The gateway says that the session is over. There may be a reason for a person.
    Closed {
        /// Often empty.
        output: String,
    },
}

impl Event {
    fn cost(&self) -> u64 {
        match self {
            Event::Data { payload, .. } => cost(payload.len()),
            Event::Closed { output } => cost(output.len()),
            Event::PeerPresent | Event::PeerAway => cost(0),
        }
    }
}

/// Too much is on the way already; what was to be sent has to wait.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("too much is on the way already")]
pub struct Full;

/// One end of a data channel.
#[derive(Debug)]
pub struct Channel {
    side: Side,
    start: Start,
    ids: MessageIds,
    outgoing: Outgoing,
    incoming: Incoming,
    acks: Acks,
    /// Frames that are no part of the stream.
    control: VecDeque<Bytes>,
    paused: bool,
    closed: bool,
    /// Nothing behind this number goes out before the other end was heard.
    held: Option<i64>,
    max_payload: usize,
}

impl Channel {
    /// A channel on which nothing was sent yet.
    pub fn new(side: Side, start: Start) -> Channel {
        Channel {
            side,
            ids: MessageIds::new(start.random),
            start,
            outgoing: Outgoing::new(),
            incoming: Incoming::new(LIMIT_BYTES + SLACK),
            acks: Acks::plain(),
            control: VecDeque::new(),
            paused: false,
            closed: false,
            held: None,
            max_payload: PLAIN_PAYLOAD,
        }
    }

    /// Speaks the fast dialect from now on, with an end that has described itself so.
    pub fn speak_fast(&mut self, peer: FastMode, now: Instant) {
        self.outgoing.limit(peer.window_bytes);
        let ours = FastMode::OURS;
        let longest = peer.max_payload_bytes.min(ours.max_payload_bytes);
        self.max_payload = usize::try_from(longest).expect("no longer than our own");
        // What waits in the old form is covered by the first of the new one.
        self.acks = Acks::fast(ours.window_bytes, now);
    }

    /// Whether the other end is one of ours.
    pub fn is_fast(&self) -> bool {
        matches!(self.acks, Acks::Fast(_))
    }

    /// The longest payload that should be sent.
    pub fn max_payload(&self) -> usize {
        self.max_payload
    }

    /// Whether [`Channel::send`] takes one more.
    pub fn writable(&self) -> bool {
        self.outgoing.bytes() < LIMIT_BYTES && self.outgoing.messages() < LIMIT_MESSAGES
    }

    /// Whether there is room for more of what arrives; if not, the socket is better left alone.
    pub fn readable(&self) -> bool {
        self.is_fast() || !self.incoming.is_full()
    }

    /// Whether all that was sent has been acknowledged.
    pub fn is_drained(&self) -> bool {
        self.outgoing.is_empty()
    }

    /// A number that grows whenever the other end has taken something: a slow one is told from one that is
    /// gone by it.
    pub fn progress(&self) -> u64 {
        self.outgoing.progress()
    }

    /// Puts a message into the stream. Returns its number.
    ///
    /// # Errors
    ///
    /// If [`Channel::writable`] does not hold.
    pub fn send(&mut self, payload_type: PayloadType, payload: Bytes, now: Instant) -> Result<i64, Full> {
        if !self.writable() {
            return Err(Full);
        }
        let sequence = self.outgoing.next_sequence();
        let length = payload.len();
        let flags = match (self.side, sequence) {
            (Side::Agent, 0) => Flags::SYN,
            _ => Flags::default(),
        };
        let message = Message {
            message_type: self.sent_type(),
            sequence,
            flags,
            payload_type,
            payload,
            ..self.blank(now)
        };
        self.outgoing.push(message.to_bytes(), length, now);
        Ok(sequence)
    }

    /// Sends a message to the gateway, once, ahead of the stream: the agent's `agent_session_state`.
    pub fn announce(&mut self, message_type: MessageType, payload: Bytes, now: Instant) {
        let message = Message {
            message_type,
            flags: Flags::ACKNOWLEDGE,
            payload,
            ..self.blank(now)
        };
        self.control.push_back(message.to_bytes());
    }

    /// Sends nothing but what was sent up to here, until the other end has sent something beside its
    /// part of the handshake.
    ///
    /// AWS's plugin loses its listener for a multiplexed port when any frame arrives between the end of
    /// the handshake and the moment when it is ready, which it does not tell.
    pub fn hold_until_heard(&mut self, now: Instant) {
        while let Some(frame) = self.next_acknowledgement(now) {
            self.control.push_back(frame);
        }
        self.held = Some(self.outgoing.next_sequence() - 1);
    }

    /// Takes in a message from the socket.
    pub fn receive(&mut self, message: Message, now: Instant) {
        match message.message_type {
            kind if kind == self.received_type() => self.receive_stream(message, now),
            MessageType::Acknowledge => self.receive_acknowledgement(&message, now),
            MessageType::StartPublication => {
                self.resume(now);
                self.incoming.news(Event::PeerPresent);
            }
            MessageType::PausePublication => {
                self.paused = true;
                self.incoming.news(Event::PeerAway);
            }
            MessageType::ChannelClosed => {
                let closed = ChannelClosed::parse(&message.payload);
                let output = closed.map(|closed| closed.output).unwrap_or_default();
                if !std::mem::replace(&mut self.closed, true) {
                    self.incoming.event(Event::Closed { output });
                }
            }
            _ => (), // as the peers: what is not known is not for us
        }
    }

    fn receive_stream(&mut self, message: Message, now: Instant) {
        let Message {
            sequence,
            id,
            payload_type,
            payload,
            ..
        } = message;
        self.paused = false;
        if !is_handshake(payload_type) {
            self.held = None;
        }
        let cost = cost(payload.len());
        match self.incoming.stream(sequence, payload_type, payload) {
            Taken::Kept => self.acks.arrived(sequence, id, cost, false, now),
            Taken::Again => self.acks.arrived(sequence, id, 0, true, now),
            Taken::Dropped => self.acks.repeat(now),
        }
    }

    fn receive_acknowledgement(&mut self, message: &Message, now: Instant) {
        self.paused = false;
        if let Ok(acknowledge) = Acknowledge::parse(&message.payload)
            && acknowledge.message_type == self.sent_type()
        {
            self.outgoing.acknowledge(&acknowledge, now);
        }
    }

    /// The next event for the reader.
    pub fn take(&mut self, now: Instant) -> Option<Event> {
        let event = self.incoming.take();
        self.acks.consumed(self.incoming.consumed(), now);
        event
    }

    /// There is a new socket: what was not acknowledged goes again.
    pub fn reconnected(&mut self, now: Instant) {
        self.outgoing.doubt();
        self.resume(now);
    }

    fn resume(&mut self, now: Instant) {
        self.paused = false;
        self.outgoing.again();
        self.acks.repeat(now);
    }

    /// The next frame for the socket, if there is one to be sent now.
    pub fn transmit(&mut self, now: Instant) -> Option<Bytes> {
        if let Some(frame) = self.control.pop_front() {
            return Some(frame);
        }
        if self.held.is_none()
            && let Some(frame) = self.next_acknowledgement(now)
        {
            return Some(frame);
        }
        if self.paused {
            return None;
        }
        self.outgoing.next(now, self.held.unwrap_or(i64::MAX))
    }

    /// When [`Channel::transmit`] is to be asked again if nothing happens before; asked after it has
    /// answered `None`.
    pub fn deadline(&self) -> Option<Instant> {
        let acks = self.acks.deadline().filter(|_| self.held.is_none());
        let stream = self.outgoing.deadline().filter(|_| !self.paused);
        acks.into_iter().chain(stream).min()
    }

    fn next_acknowledgement(&mut self, now: Instant) -> Option<Bytes> {
        let so_far = (self.incoming.expected(), self.incoming.consumed());
        let acknowledge = self.acks.next(self.received_type(), so_far, now)?;
        let message = Message {
            message_type: MessageType::Acknowledge,
            flags: Flags::ACKNOWLEDGE,
            payload: acknowledge.to_bytes(),
            ..self.blank(now)
        };
        Some(message.to_bytes())
    }

    /// A message that says nothing yet, with a name and the time.
    fn blank(&mut self, now: Instant) -> Message {
        let since = now.saturating_duration_since(self.start.now).as_millis();
        Message {
            message_type: MessageType::Acknowledge,
            sequence: 0,
            flags: Flags::default(),
            id: self.ids.take(),
            created_ms: self.start.unix_ms.max(1) + u64::try_from(since).unwrap_or_default(),
            payload_type: PayloadType::None,
            payload: Bytes::new(),
        }
    }

    fn sent_type(&self) -> MessageType {
        match self.side {
            Side::Client => MessageType::InputStreamData,
            Side::Agent => MessageType::OutputStreamData,
        }
    }

    fn received_type(&self) -> MessageType {
        match self.side {
            Side::Client => MessageType::OutputStreamData,
            Side::Agent => MessageType::InputStreamData,
        }
    }
}

fn is_handshake(payload_type: PayloadType) -> bool {
    matches!(
        payload_type,
        PayloadType::HandshakeResponse | PayloadType::EncryptionChallengeResponse
    )
}

#[cfg(test)]
mod tests;
