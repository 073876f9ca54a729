//! Managed nodes: machines that have registered with an activation, and what is known of them.
//!
//! A node proves who it is with a key of its own ([`crate::records::Node::public_key`]) and gets the
//! credentials of its role for it ([`crate::agent`]). Who is there at the moment is not written down:
//! [`Presence`] knows.

pub(crate) mod activation;
mod error;
mod filters;
mod id;
pub(crate) mod information;
pub(crate) mod paging;
mod presence;
mod rights;
mod state;

pub use error::NodeError;
pub(crate) use filters::NodeFilters;
pub use id::{NodeId, NodeKind};
pub use presence::{ControlChannel, Presence};
pub use state::{Homes, Nodes};
