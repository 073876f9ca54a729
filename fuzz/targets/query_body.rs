//! Runs `targets::query_body` guided by coverage.

#![no_main]

#[path = "../../crates/iam/tests/fuzz/targets.rs"]
#[expect(dead_code, reason = "the other target is the other fuzzer's")]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::query_body(bytes));
