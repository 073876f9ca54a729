//! Session Manager's channel protocol: frames, handshake, acknowledgements, smux; state machines
//! without sockets.
//!
//! [`document`] reads session documents. The protocol itself is not here yet.

pub mod document;
