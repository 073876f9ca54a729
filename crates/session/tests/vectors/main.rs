//! Frames whose bytes AWS's own plugin and agent have accepted.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail by panicking")]

mod frames;

use bytes::Bytes;
use kagiban_session::acknowledge::Acknowledge;
use kagiban_session::channel::Side;
use kagiban_session::cipher::SessionCipher;
use kagiban_session::message::{Flags, Message, MessageType, PayloadType};
use kagiban_session::payload::Flag;
use kagiban_session::smux::{Event, Multiplexer};

use frames::{V1, V2, V3, V4, V5, V6_INPUT, V6_OUTPUT, V7_CLIENT, V7_FIN};

fn bytes(hex: &str) -> Bytes {
    let bytes = hex
        .split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).unwrap());
    bytes.collect()
}

/// A message with what all the vectors share.
fn message(message_type: MessageType, sequence: i64, payload_type: PayloadType, payload: Bytes) -> Message {
    Message {
        message_type,
        sequence,
        flags: Flags::default(),
        id: "00112233-4455-6677-8899-aabbccddeeff".parse().unwrap(),
        created_ms: 1_700_000_000_000,
        payload_type,
        payload,
    }
}

fn holds(hex: &str, message: &Message) {
    assert_eq!(Message::parse(bytes(hex)).unwrap(), *message);
    assert_eq!(message.to_bytes(), bytes(hex));
}

#[test]
fn v1_input_of_a_shell() {
    let payload = Bytes::from_static(b"ls\n");
    holds(
        V1,
        &message(MessageType::InputStreamData, 2, PayloadType::Output, payload),
    );
}

#[test]
fn v2_acknowledgement() {
    let id = "da730022-c3fb-4675-8012-644f7a33ad14".parse().unwrap();
    let acknowledge = Acknowledge::of(MessageType::OutputStreamData, id, 0);
    let mut message = message(
        MessageType::Acknowledge,
        0,
        PayloadType::None,
        acknowledge.to_bytes(),
    );
    message.flags = Flags::ACKNOWLEDGE;
    assert_eq!(Acknowledge::parse(&message.payload), Ok(acknowledge));
    holds(V2, &message);
}

#[test]
fn v3_flag_to_terminate() {
    let payload = Flag::TerminateSession.to_bytes();
    holds(
        V3,
        &message(MessageType::InputStreamData, 7, PayloadType::Flag, payload),
    );
}

#[test]
fn v4_first_output_of_a_shell() {
    let mut message = message(
        MessageType::OutputStreamData,
        0,
        PayloadType::Output,
        Bytes::from_static(b"$ "),
    );
    message.flags = Flags::SYN;
    holds(V4, &message);
}

#[test]
fn v5_start_publication_without_a_payload() {
    holds(
        V5,
        &message(MessageType::StartPublication, 0, PayloadType::None, Bytes::new()),
    );
}

#[test]
fn v6_encrypted_payloads() {
    let count = |place: usize| u8::try_from(place).unwrap();
    let (key, nonce) = (std::array::from_fn(count), std::array::from_fn(count));
    for (side, other, plain, sealed) in [
        (Side::Agent, Side::Client, &b"$ "[..], V6_OUTPUT),
        (Side::Client, Side::Agent, b"ls\n", V6_INPUT),
    ] {
        let sealed = bytes(sealed);
        assert_eq!(SessionCipher::new(&key, side, nonce).seal(plain).unwrap(), sealed);
        assert_eq!(
            SessionCipher::new(&key, other, nonce).open(&sealed).unwrap(),
            plain
        );
    }
}

#[test]
fn v7_a_multiplexed_connection() {
    let request = bytes(V7_CLIENT).slice(16..);
    let mut client = Multiplexer::new(Side::Client);
    let stream = client.open().unwrap();
    client.send(stream, &request);
    assert_eq!(client.transmit(1000).unwrap(), bytes(V7_CLIENT));
    let mut agent = Multiplexer::new(Side::Agent);
    agent.receive(&bytes(V7_CLIENT)).unwrap();
    assert_eq!(agent.take(), Some(Event::Opened(3)));
    assert_eq!(agent.take(), Some(Event::Data(3, request)));
    agent.finish(3);
    assert_eq!(agent.transmit(1000).unwrap(), bytes(V7_FIN));
}
