//! Documents: what may be done on nodes, in versions that do not change.
//!
//! Memory knows of every version what can be said without its content, which is read when someone asks
//! for it. Documents of AWS's own ([`owned`]) are everybody's and nobody can change them.

pub mod owned;
mod state;

pub use state::{Documents, Filed};
