//! How much work one decision may take.
//!
//! Whoever writes a policy chooses the patterns and whoever sends a request chooses the values, and the
//! work is the product of both. So it is counted, roughly, where it can grow: comparisons of
//! conditions, and patterns that have to try several places. What is linear in the policy's own text is
//! not. A statement on which the work was given up cannot be evaluated, whatever its parts seem to say:
//! it does not grant if `Allow` and denies if `Deny`.
//!
//! DIFFERS: AWS publishes no such bounds; its quotas keep policies and values far below these.

use std::cell::Cell;

/// What is left of a decision's work, counted in bytes looked at.
#[derive(Clone, Debug)]
pub(crate) struct Effort {
    left: Cell<u32>,
    gave_up: Cell<bool>,
}

impl Effort {
    /// Tens of milliseconds. Fifty tags against five thousand written values are half of it.
    const BUDGET: u32 = 1 << 24;

    /// Longest text that is compared, in bytes. A condition's longest lawful value, one of an
    /// encryption context, has 8 KiB.
    const LONGEST: usize = 65_536;

    /// The work of a whole decision.
    pub(crate) fn new() -> Effort {
        Effort {
            left: Cell::new(Self::BUDGET),
            gave_up: Cell::new(false),
        }
    }

    /// What has been spent so far.
    pub(crate) fn spent(&self) -> u32 {
        Self::BUDGET - self.left.get()
    }

    /// Begins another statement: what was given up on the one before does not touch it.
    pub(crate) fn begin(&self) {
        self.gave_up.set(false);
    }

    /// Whether something was given up since the statement began.
    pub(crate) fn gave_up(&self) -> bool {
        self.gave_up.get()
    }

    /// Takes `bytes` from what is left; `false` if that is not enough, which gives up.
    #[must_use]
    pub(crate) fn spend(&self, bytes: usize) -> bool {
        let left = u32::try_from(bytes)
            .ok()
            .and_then(|bytes| self.left.get().checked_sub(bytes));
        self.left.set(left.unwrap_or(0)); // what was too much once leaves nothing for another try
        self.gave_up.set(self.gave_up() || left.is_none());
        left.is_some()
    }

    /// As [`Effort::spend`], for a text that is about to be read; one that is too long gives up, too,
    /// at no cost to other statements.
    #[must_use]
    pub(crate) fn read(&self, length: usize) -> bool {
        if length > Self::LONGEST {
            self.gave_up.set(true);
            return false;
        }
        self.spend(length + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_up_stays_so_until_the_next_statement() {
        let effort = Effort::new();
        assert!(!effort.read(Effort::LONGEST + 1));
        assert!(effort.read(Effort::LONGEST) && effort.gave_up());
        effort.begin();
        assert!(!effort.gave_up());
    }

    #[test]
    fn a_budget_is_spent_once() {
        let effort = Effort::new();
        assert!(effort.spend(10));
        assert!(!effort.spend(usize::MAX) && effort.gave_up());
        effort.begin();
        assert!(!effort.spend(1));
    }
}
