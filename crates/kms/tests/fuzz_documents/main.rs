//! The parsers of what strangers send to KMS, fed with what nobody would write.
//!
//! The targets are functions of bytes. Here they run over seeds and random changes of them, for a few
//! seconds (`KAGIBAN_FUZZ_SECONDS`); `cargo xtask fuzz` runs the same functions guided by coverage.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail by panicking")]

#[path = "../../../iam/tests/fuzz/mutate.rs"]
mod mutate;
mod targets;

use std::time::{Duration, Instant};

use kagiban_iam::Entropy;
use kagiban_kms::envelope::{Address, EncryptionContext, seal};
use mutate::Mutator;

/// No input may take longer, without optimizations and on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn run(target: fn(&[u8]), seeds: &[Vec<u8>], words: &[&str]) {
    let seconds = std::env::var("KAGIBAN_FUZZ_SECONDS").map_or(3, |text| text.parse().unwrap());
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut mutator = Mutator::new(seeds, words);
    seeds.iter().for_each(|seed| target(seed));
    let mut runs = 0_u32;
    while runs < 1_000 || Instant::now() < end {
        let input = mutator.next();
        let start = Instant::now();
        target(&input);
        assert!(start.elapsed() < PATIENCE, "{input:?}");
        runs += 1;
    }
}

/// Under other material than the target's, of a plain and of a multi-Region key.
fn ciphertexts() -> Vec<Vec<u8>> {
    let regions = [Some("us-east-1".parse().unwrap()), None];
    let seal = |region| {
        let address = Address {
            account: "111122223333".parse().unwrap(),
            region,
            key: [1; 16],
            material: [2; 32],
        };
        seal(
            &address,
            &[3; 32],
            b"x",
            &EncryptionContext::new(),
            &Entropy::system(),
        )
    };
    regions.into_iter().map(seal).collect()
}

#[test]
fn ciphertexts_are_read_and_never_opened_whatever_they_are() {
    run(
        targets::ciphertext,
        &ciphertexts(),
        &["us-east-1", "\u{1}\u{2}\u{2}\u{1}", "\0"],
    );
}

#[test]
fn key_policies_are_read_whatever_they_are() {
    let policy = r#"{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"a","Effect":"Allow",
        "Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*","Condition":
        {"ForAnyValue:StringEquals":{"kms:EncryptionContext:app":["a","b"]}}}]}"#;
    let words = [
        "ForAllValues:StringLike",
        "kms:ViaService",
        "\"Principal\":\"*\"",
        "NotAction",
        "${aws:username}",
        "[[[[",
        "{\"",
        "\\u0000",
    ];
    run(targets::key_policy, &[policy.into()], &words);
}
