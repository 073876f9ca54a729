//! KMS: keys, and what may be done with them. The only crate that sees KMS key bytes.
//!
//! A key's policy is the root of trust: identity policies count only where it lets them. Ciphertexts
//! are self-describing ([`envelope`]), material is sealed under a branch of the key hierarchy that
//! nothing else uses ([`material`]), and other services call the same operations as clients do, in
//! process and with the caller's own rights.

mod alias;
mod call;
mod condition_keys;
mod context;
mod dependants;
pub mod envelope;
mod error;
pub mod grants;
pub mod import;
mod imported;
mod key_ref;
mod last_usage;
pub mod managed;
pub mod material;
mod metadata;
pub mod operations;
mod page;
mod policy;
mod prepared;
mod private;
pub mod records;
mod rotation;
#[cfg(test)]
mod scenes;
mod siblings;
pub mod spec;
mod standing;
mod state;
mod tags;
#[cfg(test)]
mod testing;
pub mod upkeep;
mod view;
pub mod wire;

pub use call::{CallError, call};
pub use dependants::{Dependants, Needing};
pub use envelope::EncryptionContext;
pub use error::KmsError;
pub use key_ref::{KeyRef, id_bytes, uuid};
pub use last_usage::{LastUsages, Writing};
pub use material::DomainKey;
pub use state::{Keyring, State};
pub use view::{Found, Usable, View, alias_arn, arn, with_context};
