//! What every engine promises, run on each of them.

mod engine;
mod memory;
