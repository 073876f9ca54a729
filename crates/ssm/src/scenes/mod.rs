//! Scenes: several operations after one another, as their callers live them.

mod denials;
mod labels;
