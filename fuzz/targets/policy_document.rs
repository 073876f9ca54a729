//! Runs `targets::policy_document` guided by coverage.

#![no_main]

#[path = "../../crates/iam/tests/fuzz/targets.rs"]
#[expect(dead_code, reason = "the other target is the other fuzzer's")]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::policy_document(bytes));
