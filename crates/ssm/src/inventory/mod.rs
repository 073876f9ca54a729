//! Inventory: what nodes tell of themselves, such as the software that is installed, as entries of names and
//! texts by type.
//!
//! A node's agent replaces all entries of a type at once. What AWS:InstanceInformation and AWS:Tag have is not
//! told by anybody: the server knows it.

mod error;
mod filter;
mod item;
mod kind;
mod told;

pub use error::InventoryError;
pub(crate) use filter::Filters;
pub(crate) use item::{Item, Size};
pub(crate) use kind::{KINDS, Kind, TypeName, schema};
pub(crate) use told::told;

use std::collections::BTreeMap;

/// One entry.
pub(crate) type Entry = BTreeMap<String, String>;
