//! The end of the log in memory: each line is chained to the one before, whoever appends it.

use super::members::decimal;
use super::{Hash, line};

/// The chain's end and the lines behind it that are not written yet.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) sequence: u64,
    pub(super) hash: Hash,
    pub(super) last_change: Option<u64>,
    pub(super) lines: Vec<u8>,
}

impl Chain {
    /// Adds a record with these members; returns its number and how many bytes are queued.
    pub(super) fn push(&mut self, members: &[u8], changed: Option<u64>) -> (u64, usize) {
        self.sequence += 1;
        self.last_change = changed.or(self.last_change);
        let start = self.lines.len();
        self.lines.extend_from_slice(b"{\"sequence\":");
        decimal(&mut self.lines, self.sequence, 1);
        self.lines.push(b',');
        self.lines.extend_from_slice(members);
        self.hash = line::finish(&mut self.lines, start, self.hash);
        (self.sequence, self.lines.len())
    }
}
