use super::Hash;

/// A record's number in the log: from 1, without gaps.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Sequence(pub u64);

/// The end of the chain: what the server anchors in its store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tip {
    /// The segment's number.
    pub segment: u64,
    /// The last record's number.
    pub sequence: Sequence,
    /// The last line's hash.
    pub hash: Hash,
}
