//! Scenes: whole requests, decided and committed to plain maps, without a server.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "requests are written in place")]

mod access;
mod describe;
mod history;
mod limits;
mod model;
mod paths;
mod put;
mod read;
mod secure;
mod settings;
mod tags;
mod world;
