//! JSON 1.1: a request is one object, and so is its answer.
//!
//! Members are matched by name as they stream by, so a value goes straight to its place: no tree
//! of values is built, and secrets are not copied on the way. `null` means absent, members that
//! the model does not know are skipped, and of members sent twice the last one counts. Depth is
//! bounded by the model, since what is not in it is skipped without recursion; size by the edge.

mod read;
mod values;
mod write;

pub use read::{FromJson, Structure, member, read, skip};
pub use serde::de::MapAccess;
pub use write::{Object, ToJson, structure, write};

#[cfg(test)]
mod tests;
