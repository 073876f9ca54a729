//! The simulator: what policies would decide, whoever has them.
//!
//! A [`Scenario`] is what a request brings; the [`Principals`](subject::Simulated) policies come from
//! the snapshot. Each action on each resource is one question, and one answer of the list.
//!
//! The work of one page is bounded: after [`MAX_WORK`] the page ends early and its marker goes on
//! from there, as AWS reserves to itself for all its lists.
//!
//! Source: IAM API Reference, `SimulatePrincipalPolicy` and `SimulateCustomPolicy`.

mod caller;
mod entries;
mod evaluation;
mod exclusions;
mod keys;
mod scenario;
mod subject;

pub(crate) use evaluation::simulate;
pub(crate) use exclusions::Exclusions;
pub(crate) use keys::{context_keys, documents};
pub(crate) use scenario::{Asked, Scenario};
pub(crate) use subject::{Simulated, SourceArn};

/// Bytes that one page's decisions look at, about: some tenths of a second.
pub(crate) const MAX_WORK: u32 = 1 << 26;
