//! AWS's two files of a person's home, `~/.aws/config` and `~/.aws/credentials`.
//!
//! [`document`] reads them, [`files`] says what a profile holds, [`chain`] which credentials it leads
//! to, [`edit`] changes them, one section at a time.

mod chain;
mod document;
mod edit;
mod files;
mod overrides;

pub(crate) use chain::{Chain, Role, Source, WebToken};
pub(crate) use document::Document;
pub(crate) use files::{Files, Inherit, Profile};
pub(crate) use overrides::{Overrides, web_identity};
