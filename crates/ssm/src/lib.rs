//! Parameter Store, the first part of Systems Manager.
//!
//! Parameters have names in a hierarchy ([`ParameterName`]), versions ([`records`]), tiers ([`tier`])
//! and, as SecureStrings, values that only KMS can open, with the caller's own rights. Current
//! versions are answered from memory ([`State`]); older ones are read when someone asks.
//!
//! [`operations`] has a file for each: PutParameter, GetParameter, GetParameters,
//! GetParametersByPath, GetParameterHistory, DescribeParameters, DeleteParameter, DeleteParameters,
//! LabelParameterVersion, UnlabelParameterVersion,
//! AddTagsToResource, RemoveTagsFromResource, ListTagsForResource.

mod access;
mod data_type;
mod dependants;
mod error;
mod filter;
pub mod kagiban;
mod label;
mod listing;
mod name;
pub mod operations;
mod page;
mod path;
mod pattern;
mod policies;
mod reading;
pub mod records;
mod reference;
#[cfg(test)]
mod scenes;
mod secure;
mod settings;
mod state;
mod tags;
#[cfg(test)]
mod testing;
pub mod tier;
mod value;
mod view;
pub mod wire;

pub use error::ParameterError;
pub use name::{InvalidName, ParameterName};
pub use page::PageKey;
pub use settings::{SettingName, Settings};
pub use state::{Parameters, State};
pub use view::View;
