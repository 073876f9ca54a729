//! Sessions: who has a shell, a command or a port on which node.
//!
//! The API and the gateway meet in the store. StartSession writes a record; the gateway follows the
//! records, gives the node its order, and writes what becomes of it as a [`Transition`]. Whoever
//! ends a session writes its end, and the end is final: nothing that comes later revives it, and no
//! token opens it.

mod access;
mod beginning;
mod filter;
mod id;
mod state;
mod stream;
pub mod token;
mod transition;
pub mod upkeep;

pub use access::own_arn;
pub(crate) use access::requirement;
pub(crate) use beginning::{Beginning, opened};
pub(crate) use filter::Filters;
pub(crate) use id::new_id;
pub use state::Sessions;
pub use stream::Streams;
pub(crate) use transition::written;
pub use transition::{End, Transition};

use std::time::Duration;

/// How long a session is remembered once it has ended.
pub const HISTORY: Duration = Duration::from_secs(30 * 24 * 60 * 60);
