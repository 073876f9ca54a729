//! Runs `targets::key_policy` guided by coverage.

#![no_main]

#[path = "../../crates/kms/tests/fuzz_documents/targets.rs"]
#[expect(dead_code, reason = "the other target is the other fuzzer's")]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::key_policy(bytes));
