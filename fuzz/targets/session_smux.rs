//! Runs `targets::smux` guided by coverage.

#![no_main]

#[path = "../../crates/session/tests/fuzz/targets.rs"]
#[expect(dead_code, reason = "the other targets are the other fuzzers'")]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::smux(bytes));
