//! IAM policy documents: parse, evaluate, explain.
//!
//! A document is parsed once, when it is written, into a compiled [`Policy`] that keeps its text
//! untouched. For each request the caller puts a [`Question`]: who ([`Principal`]), what (action and
//! resource), under which circumstances ([`Context`]) and by which policies ([`Attached`]).
//! [`decide`] answers with a [`Verdict`] that names the policy and the statement it rests on;
//! [`explain`] answers the same question and shows every statement that took part.
//!
//! Pure: no clock, no randomness, no I/O. Everything a condition may ask about, the time included,
//! comes from the context, and only when a statement asks.

mod action;
mod arn_pattern;
mod condition;
mod context;
mod decide;
mod denial;
mod document;
mod effort;
mod elements;
mod explain;
mod glob;
mod json;
mod malformed;
mod near;
mod principal;
mod principal_element;
mod question;
mod resource;
mod statement;
mod survey;
mod template;

pub use condition::ValueKind;
pub use context::{Context, ContextKey, Facts, Values};
pub use decide::{Reason, Verdict, decide};
pub use denial::{Denial, Refusal};
pub use document::{Kind, Policy, Version};
pub use explain::{Matched, Place, Trace, explain};
pub use malformed::MalformedPolicy;
pub use near::{NearMiss, Unmet};
pub use principal::Principal;
pub use principal_element::{PrincipalType, Reach, WrittenPrincipal};
pub use question::{Attached, Deciding, Granted, PolicyType, Question, Rule};
pub use statement::Effect;
