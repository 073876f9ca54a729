//! The model's constraints, held against a request in AWS's own sentences.
//!
//! The tables are generated, one [`Rule`] per constrained shape; this is the one validator that
//! reads them. All that a request breaks is reported at once, as AWS does, up to what a refusal has
//! room for. Scripts match on the
//! text, so it follows AWS to the letter; values of secret members are never part of it.

mod constrained;
mod demand;
mod excerpt;
mod path;
mod pattern;
mod report;
mod rule;

pub use constrained::Constrained;
pub use demand::Measure;
pub use path::Path;
pub use pattern::Pattern;
pub use report::Report;
pub(super) use report::constrain;
pub use rule::Rule;

#[cfg(test)]
mod tests;
