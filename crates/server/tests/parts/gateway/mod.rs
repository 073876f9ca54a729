//! The message gateway, with real WebSockets and a real store: what its ends see, and what is written.

mod ends;
pub(crate) mod house;
mod load;
mod refusals;
mod sessions;
