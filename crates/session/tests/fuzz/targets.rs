//! What is run with bytes that could be anything.

use bytes::Bytes;
use kagiban_session::acknowledge::Acknowledge;
use kagiban_session::channel::Side;
use kagiban_session::control::{
    ChannelClosed, InteractiveShell, SessionState, TaskAcknowledge, TaskComplete,
};
use kagiban_session::handshake::{
    EncryptionChallenge, HandshakeComplete, HandshakeRequest, HandshakeResponse, RequestedAction,
};
use kagiban_session::message::{Header, Message};
use kagiban_session::open::{OpenControlChannel, OpenDataChannel};
use kagiban_session::payload::{self, EndOfStream, Flag, Size};
use kagiban_session::smux::{BUDGET_BYTES, Event, Multiplexer};

/// Reads a frame; what can be read is written and read again, and the relay's look at it agrees.
pub(crate) fn message(bytes: &[u8]) {
    let Ok(message) = Message::parse(Bytes::copy_from_slice(bytes)) else {
        return;
    };
    let header = Header::peek(bytes).expect("the whole message could be read");
    assert_eq!(
        (
            header.message_type,
            header.sequence,
            header.id,
            header.payload_length
        ),
        (
            message.message_type,
            message.sequence,
            message.id,
            message.payload.len()
        )
    );
    assert_eq!(Message::parse(message.to_bytes()), Ok(message));
}

/// Reads a payload as everything that a payload can be; what can be read is written and read again.
pub(crate) fn handshake(bytes: &[u8]) {
    if let Ok(request) = HandshakeRequest::parse(bytes) {
        let actions = request.requested_client_actions.iter().map(RequestedAction::read);
        assert!(actions.count() <= bytes.len());
        assert_eq!(HandshakeRequest::parse(&request.to_bytes()), Ok(request));
    }
    if let Ok(response) = HandshakeResponse::parse(bytes) {
        let (_, _) = (response.kms(), response.failure());
        assert_eq!(HandshakeResponse::parse(&response.to_bytes()), Ok(response));
    }
    again(bytes, HandshakeComplete::parse, HandshakeComplete::to_bytes);
    again(bytes, EncryptionChallenge::parse, EncryptionChallenge::to_bytes);
    again(bytes, Acknowledge::parse, Acknowledge::to_bytes);
    again(bytes, InteractiveShell::parse, InteractiveShell::to_bytes);
    again(bytes, TaskComplete::parse, TaskComplete::to_bytes);
    again(bytes, TaskAcknowledge::parse, TaskAcknowledge::to_bytes);
    again(bytes, ChannelClosed::parse, ChannelClosed::to_bytes);
    again(bytes, SessionState::parse, SessionState::to_bytes);
    again(bytes, OpenDataChannel::parse, |open| open.to_text().into());
    again(bytes, OpenControlChannel::parse, |open| open.to_text().into());
    again(bytes, Size::parse, |size| size.to_bytes());
    again(bytes, Flag::parse, |flag| flag.to_bytes());
    again(bytes, payload::parse_exit_code, |code| payload::exit_code(*code));
    let (_, _) = (EndOfStream::parse(bytes), Header::peek(bytes));
}

/// Reads a multiplexed session from both ends' point of view, in pieces of the length that the first byte
/// says; whoever keeps to the budget does not hold more.
pub(crate) fn smux(bytes: &[u8]) {
    let Some((piece, bytes)) = bytes.split_first() else {
        return;
    };
    for side in [Side::Client, Side::Agent] {
        let mut end = Multiplexer::new(side);
        let (mut taken, mut open) = (0, Vec::new());
        for piece in bytes.chunks(usize::from(*piece) + 1) {
            if end.receive(piece).is_err() {
                return; // the session is of no more use
            }
            while let Some(event) = end.take() {
                match event {
                    Event::Opened(stream) => open.push(stream),
                    Event::Data(_, data) => taken += data.len(),
                    Event::Finished(stream) => open.retain(|other| *other != stream),
                }
            }
            assert!(end.readable() && end.unsent() <= BUDGET_BYTES);
        }
        assert!(taken <= bytes.len());
        assert!(open.iter().all(|stream| end.is_open(*stream)));
    }
}

fn again<T: PartialEq + std::fmt::Debug, E>(
    bytes: &[u8],
    parse: fn(&[u8]) -> Result<T, E>,
    write: fn(&T) -> Bytes,
) {
    if let Ok(read) = parse(bytes) {
        assert_eq!(parse(&write(&read)).ok(), Some(read));
    }
}
