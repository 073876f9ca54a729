//! Session Manager's channel protocol: frames, handshake, acknowledgements, smux; state machines
//! without sockets.
//!
//! Two WebSockets make a session: the client's and the agent's, each to the gateway, which relays the
//! binary [`message`]s between them as they are. Everything that both ends and the gateway must agree on
//! is here, and nothing that waits: time and random bytes come in as arguments, frames go out as
//! [`bytes::Bytes`]. So the same code can be driven by a socket, by a fake clock over a link that loses,
//! doubles and reorders, or by a fuzzer.
//!
//! Two dialects share the frames. The plain one is what AWS's plugin and agent speak: an acknowledgement
//! for each message, no window. The fast one is for our own pair, agreed upon in the [`handshake`]
//! through keys that the others ignore: acknowledgements that cover all before them, a window in bytes,
//! an end that says it is the end.
//!
//! What a session is to be stands in its [`document`].

mod base64_bytes;

pub mod acknowledge;
pub mod channel;
pub mod cipher;
pub mod control;
pub mod document;
pub mod handshake;
pub mod message;
pub mod open;
pub mod payload;
pub mod relay;
pub mod smux;
