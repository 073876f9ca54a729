//! Managed nodes: machines that have registered with an activation, and what is known of them.
//!
//! A node proves who it is with a key of its own ([`crate::records::Node::public_key`]) and gets the
//! credentials of its role for it. Who is there at the moment is not written down: [`Presence`] knows.

mod id;
mod presence;
mod state;

pub use id::{NodeId, NodeKind};
pub use presence::{ControlChannel, Presence};
pub use state::{Homes, Nodes};
