//! The parsers of what strangers send, fed with what nobody would write.
//!
//! The targets are functions of bytes. Here they run over seeds and random changes of them, for a few
//! seconds (`KAGIBAN_FUZZ_SECONDS`); `cargo xtask fuzz` runs the same functions guided by coverage.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail by panicking")]

mod mutate;
mod seeds;
mod targets;

use std::time::{Duration, Instant};

use mutate::Mutator;

/// No input may take longer, without optimizations and on however busy a machine: what grows with the
/// square of the input takes minutes.
const PATIENCE: Duration = Duration::from_secs(30);

fn within_patience(target: fn(&[u8]), input: &[u8]) {
    let start = Instant::now();
    target(input);
    let took = start.elapsed();
    assert!(took < PATIENCE, "{took:?}: {}", String::from_utf8_lossy(input));
}

fn run(target: fn(&[u8]), seeds: &[Vec<u8>], words: &[&str]) {
    seeds.iter().for_each(|seed| within_patience(target, seed));
    let seconds = std::env::var("KAGIBAN_FUZZ_SECONDS").map_or(3, |text| text.parse().unwrap());
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut mutator = Mutator::new(seeds, words);
    let mut runs = 0_u32;
    while runs < 1_000 || Instant::now() < end {
        within_patience(target, &mutator.next());
        runs += 1;
    }
}

#[test]
fn policy_documents_are_parsed_printed_and_decided_whatever_they_are() {
    run(targets::policy_document, &seeds::policies(), seeds::POLICY_WORDS);
}

#[test]
fn query_bodies_are_read_whatever_they_are() {
    run(targets::query_body, &seeds::bodies(), seeds::QUERY_WORDS);
}

#[test]
fn a_mebibyte_of_anything_is_read_soon() {
    for piece in seeds::PIECES {
        let body = piece.repeat((1 << 20) / piece.len());
        within_patience(targets::query_body, body.as_bytes());
    }
    let fields: String = (0..40_000)
        .map(|n| format!("Tags.member.{n}.Key=k{n}&"))
        .collect();
    within_patience(targets::query_body, fields.as_bytes());
}

#[test]
fn a_document_as_long_as_may_be_is_parsed_and_decided_soon() {
    for piece in seeds::PIECES {
        let long = piece.repeat(120_000 / piece.len());
        let quoted = serde_json::json!(long);
        for document in [
            long.clone(),
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"arn:aws:ssm:::{long}"}}]}}"#
            ),
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"StringLike":{{"aws:username":{quoted}}}}}}}]}}"#
            ),
        ] {
            within_patience(targets::policy_document, document.as_bytes());
        }
    }
}
