//! The real program against a server that does what it is told, and a client built from the protocol's crate.

#![expect(clippy::unwrap_used, reason = "everything here is a test, helpers too")]

mod agent;
mod client;
mod identity;
mod ports;
mod server;
mod sessions;
