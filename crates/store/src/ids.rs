//! The numbers by which the store is spoken of: revisions, epochs, leases, operations.

use std::fmt;

use aws_lc_rs::rand;

/// A cell-wide, strictly rising number: one per transaction that changed something.
///
/// Opaque to callers but for its order, and comparable only within one [`Epoch`].
/// `Rev(0)` is the empty store.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Rev(pub u64);

impl Rev {
    /// The revision that the next changing transaction gets.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Rev {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The random id of a store's life; a restore begins a new one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Epoch(pub [u8; 16]);

impl Epoch {
    /// A new, random epoch.
    #[must_use]
    pub fn random() -> Self {
        Self(random())
    }
}

/// A lease: keys put under it are deleted when it is not kept alive.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LeaseId(pub u64);

impl LeaseId {
    /// A new, random lease id; never zero, which rows use for "no lease".
    #[must_use]
    pub fn random() -> Self {
        Self(u64::from_be_bytes(random()) >> 1 | 1)
    }
}

/// Names one attempt at a transaction, so that an unknown outcome can be looked up.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct OpId(pub [u8; 16]);

impl OpId {
    /// A new, random operation id.
    #[must_use]
    pub fn random() -> Self {
        Self(random())
    }
}

/// `N` bytes from the operating system's generator.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the system's random generator answers");
    bytes
}
