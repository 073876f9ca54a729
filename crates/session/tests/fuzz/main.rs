//! The parsers of what a peer sends, fed with what no peer would send.
//!
//! `cargo xtask fuzz` runs the same functions guided by coverage.

mod targets;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use kagiban_session::acknowledge::Acknowledge;
use kagiban_session::message::{Flags, Message, MessageId, MessageType, PayloadType};

use targets::{handshake, message, smux};

/// Numbers that look random and are the same each time: a failure can be looked at again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % end.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.roll(256)).expect("below 256")
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte()).collect()
    }

    /// One to four changes: a bit, a byte, a piece left out, doubled or replaced.
    fn change(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.roll(4) {
            if bytes.is_empty() {
                break;
            }
            let at = self.roll(bytes.len());
            let end = at + 1 + self.roll((bytes.len() - at).min(32));
            let end = end.min(bytes.len());
            match self.roll(5) {
                0 => bytes[at] ^= 1 << self.roll(8),
                1 => bytes[at] = self.byte(),
                2 => drop(bytes.drain(at..end)),
                3 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
                _ => {
                    let other = self.bytes(end - at);
                    drop(bytes.splice(at..end, other));
                }
            }
        }
        bytes
    }
}

/// Makes the digest right again, so that what comes after its check is met, too.
fn with_digest(mut frame: Vec<u8>) -> Vec<u8> {
    if frame.len() > 120 {
        let found = digest(&SHA256, &frame[120..]);
        frame[80..112].copy_from_slice(found.as_ref());
    }
    frame
}

fn frame(message_type: MessageType, payload: Bytes) -> Vec<u8> {
    let message = Message {
        message_type,
        sequence: 5,
        flags: Flags::ACKNOWLEDGE,
        id: MessageId([7; 16]),
        created_ms: 1_700_000_000_000,
        payload_type: PayloadType::Output,
        payload,
    };
    message.to_bytes().to_vec()
}

const JSON: &[&[u8]] = &[
    br#"{"AgentVersion":"3.3.0.0","RequestedClientActions":[{"ActionType":"SessionType","ActionParameters":{"SessionType":"Port","Properties":{"portNumber":"9000","type":"LocalPortForwarding"}}},{"ActionType":"KMSEncryption","ActionParameters":{"KMSKeyId":"arn:x","Challenge":"AAAA"}}],"Extensions":{"KagibanFast":{"Version":1,"WindowBytes":65536,"MaxPayloadBytes":1024}}}"#,
    br#"{"ClientVersion":"1.2.677.0","ProcessedClientActions":[{"ActionType":"KMSEncryption","ActionStatus":1,"ActionResult":{"KMSCipherTextKey":"AAEC","KMSCipherTextHash":null},"Error":""}],"Errors":null}"#,
    br#"{"HandshakeTimeToComplete":2650925,"CustomerMessage":"hello"}"#,
    br#"{"Challenge":"AQID"}"#,
    br#"{"AcknowledgedMessageType":"output_stream_data","AcknowledgedMessageId":"da730022-c3fb-4675-8012-644f7a33ad14","AcknowledgedMessageSequenceNumber":0,"IsSequentialMessage":true,"Cumulative":true,"Allowance":1}"#,
    br#"{"Content":"{\"DocumentName\":\"d\",\"DocumentContent\":{},\"SessionId\":\"s\",\"Parameters\":{\"p\":\"1\"},\"RunAsUser\":\"\",\"SessionOwner\":\"arn:x\"}","TaskId":"s","Topic":"t","SchemaVersion":1}"#,
    br#"{"SchemaVersion":1,"TaskId":"s","FinalTaskStatus":"Success","Output":"x","RetryNumber":1}"#,
    br#"{"SchemaVersion":1,"MessageId":"m","TaskId":"s","Topic":"t"}"#,
    br#"{"MessageType":"channel_closed","MessageId":"m","DestinationId":"d","SessionId":"s","SchemaVersion":1,"CreatedDate":"1700000000000","Output":"x"}"#,
    br#"{"SchemaVersion":1,"SessionState":"Connected","SessionId":"s"}"#,
    br#"{"MessageSchemaVersion":"1.0","RequestId":"r","TokenValue":"t","ClientId":"c","ClientVersion":"1"}"#,
    br#"{"Cookie":null,"RequestId":"r","TokenValue":"t","AgentVersion":"3","PlatformType":"linux"}"#,
    br#"{"cols":80,"rows":24}"#,
    br#"{"ExitStatus":3,"Reason":"x"}"#,
    b"EXIT_CODE: 3",
    b"\0\0\0\x02",
];

#[test]
fn messages_are_read_whatever_they_are() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let acknowledge = Acknowledge::of(MessageType::InputStreamData, MessageId([1; 16]), 9).to_bytes();
    let seeds = [
        frame(MessageType::InputStreamData, Bytes::from_static(b"ls\n")),
        frame(MessageType::Acknowledge, acknowledge),
        frame(MessageType::StartPublication, Bytes::new()),
    ];
    for seed in &seeds {
        for end in 0..=seed.len() {
            message(&seed[..end]);
        }
    }
    for round in 0..30_000 {
        let changed = dice.change(&seeds[round % seeds.len()]);
        message(&changed);
        message(&with_digest(changed));
        let length = dice.roll(400);
        message(&dice.bytes(length));
    }
}

#[test]
fn payloads_are_read_whatever_they_are() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    for seed in JSON {
        handshake(seed);
        for end in 0..=seed.len() {
            handshake(&seed[..end]);
        }
        for _ in 0..1_000 {
            handshake(&dice.change(seed));
        }
    }
    let deep = [&b"{\"Properties\":"[..], &[b'['; 100_000]].concat();
    handshake(&deep);
}

#[test]
fn multiplexed_sessions_are_read_whatever_they_are() {
    let mut dice = Dice(0x0123_4567_89ab_cdef);
    let mut seed = vec![9];
    for stream in [3, 5, 3] {
        seed.extend([1, 0, 0, 0, stream, 0, 0, 0]);
        seed.extend([1, 2, 4, 0, stream, 0, 0, 0, 1, 2, 3, 4]);
        seed.extend([1, 3, 0, 0, 0, 0, 0, 0]);
        seed.extend([1, 1, 0, 0, stream, 0, 0, 0]);
    }
    for end in 0..=seed.len() {
        smux(&seed[..end]);
    }
    for _ in 0..30_000 {
        smux(&dice.change(&seed));
    }
}
