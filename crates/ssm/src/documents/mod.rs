//! Documents: what may be done on nodes, in versions that do not change.
//!
//! Memory knows of every version what can be said without its content, which is read when someone asks
//! for it. Documents of AWS's own ([`owned`]) are everybody's and nobody can change them.

mod content;
mod error;
pub mod owned;
mod reference;
mod state;
mod yaml;

pub(crate) use content::Content;
pub use error::DocumentError;
pub(crate) use reference::{DocumentRef, Found};
pub use state::{Documents, Filed};
