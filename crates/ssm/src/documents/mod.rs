//! Documents: what may be done on nodes, in versions that do not change.
//!
//! Memory knows of every version what can be said without its content, which is read when someone asks
//! for it. Documents of AWS's own ([`owned`]) are everybody's and nobody can change them.

mod check;
mod content;
mod describe;
mod draft;
mod error;
mod filter;
pub mod owned;
mod reference;
mod state;
mod visible;
mod wanted;
mod yaml;

pub(crate) use check::Checked;
pub(crate) use content::Content;
pub(crate) use describe::{Described, hash};
pub(crate) use draft::{Draft, MAX_DOCUMENTS, MAX_VERSIONS};
pub use error::DocumentError;
pub(crate) use filter::{Filters as DocumentFilters, Owner};
pub(crate) use owned::OwnedDocument;
pub(crate) use reference::{DocumentRef, Found, Kept, is_name};
pub use state::{Documents, Filed};
pub(crate) use visible::Visible;
pub(crate) use wanted::Wanted;
