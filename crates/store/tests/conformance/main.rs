//! What every engine promises, run on each of them; and what sealing and memory promise above them.

#![expect(clippy::unwrap_used, reason = "helpers of tests, not tests by attribute")]

mod conditions;
mod crash;
mod damage;
mod engine;
mod leases;
mod limits;
mod memory;
mod model;
mod sealing;
mod watch;
