//! Signature Version 4, judged by AWS's published examples, by AWS's own client library and by a
//! second implementation.

#![expect(
    clippy::unwrap_used,
    reason = "clippy takes only functions marked as tests for tests"
)]

mod botocore;
mod faults;
mod fixture;
mod mutation;
mod nodes;
mod pitfalls;
mod published;
mod second_opinion;
