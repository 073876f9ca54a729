//! The message gateway: the WebSocket side of Session Manager.
//!
//! Each agent keeps a control channel open, over which it is told to begin a session; both ends of a
//! session then open a data channel, and what one sends is passed to the other as it is.
//!
//! The API and the gateway meet in the store. `StartSession` writes a record; the gateway follows what is
//! committed, sends the order, and writes down what becomes of the session. So a session outlives the
//! server: after a restart both ends come back with tokens that need no memory, and what was lost on the
//! way is sent again.
//!
//! [`meeting`] decides, without sockets or clocks. [`room`] ties it to the sockets of a session's two ends,
//! [`controls`] knows the nodes' channels, [`door`] lets them in.

mod arrival;
mod caller;
mod claim;
mod control;
mod controls;
mod data;
mod door;
mod ending;
mod frames;
mod hall;
mod ledger;
mod live;
mod meeting;
pub mod messages;
mod narrow;
mod nodes;
pub mod operations;
mod outbox;
mod pace;
mod room;
mod rooms;
mod socket;
mod terms;
mod tokens;
pub mod wire;

pub use hall::Gateway;
pub use terms::Terms;
