//! The language and the decision as their users see them: documents in, verdicts out.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail by panicking")]

mod callers;
mod cases;
mod conditions;
mod documents;
mod effort;
mod identity;
mod laws;
mod limits;
mod resource_policies;
mod scene;
mod traces;
mod trust_and_keys;
