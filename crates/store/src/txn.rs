//! A conditional transaction: conditions that must all hold, and what to write if they do.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Bound;

use bytes::Bytes;

use crate::store::check_key;
use crate::{Error, Key, LeaseId, Limits, OpId, Record, Result, Rev, record};

/// What must be so for a transaction to be written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cond {
    /// The key is not there.
    Absent(Key),
    /// The key is there.
    Exists(Key),
    /// The key is there, unchanged since this revision.
    ModRev(Key, Rev),
    /// No key begins with this prefix.
    PrefixEmpty(Key),
    /// No live key under this prefix is newer than the revision. Deletions are not seen.
    PrefixUnchangedSince(Key, Rev),
}

impl Cond {
    /// The key or prefix it speaks of.
    #[must_use]
    pub fn key(&self) -> &Key {
        match self {
            Self::Absent(key) | Self::Exists(key) | Self::ModRev(key, _) => key,
            Self::PrefixEmpty(prefix) | Self::PrefixUnchangedSince(prefix, _) => prefix,
        }
    }

    fn is_prefix(&self) -> bool {
        matches!(self, Self::PrefixEmpty(_) | Self::PrefixUnchangedSince(..))
    }
}

/// One write.
#[derive(Clone, Eq, PartialEq)]
pub enum Op {
    /// Writes a value; the key leaves the lease it was on.
    Put {
        /// Where.
        key: Key,
        /// What.
        value: Bytes,
        /// The lease that the key dies with.
        lease: Option<LeaseId>,
    },
    /// Deletes a key, if it is there.
    Delete(Key),
    /// Deletes every key under a prefix.
    DeletePrefix(Key),
}

impl Op {
    /// The key or prefix it writes.
    #[must_use]
    pub fn key(&self) -> &Key {
        match self {
            Self::Put { key, .. } | Self::Delete(key) | Self::DeletePrefix(key) => key,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Put { key, value, .. } => key.len() + value.len(),
            Self::Delete(key) | Self::DeletePrefix(key) => key.len(),
        }
    }
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { key, .. } => write!(f, "Put({key}, …)"),
            Self::Delete(key) => write!(f, "Delete({key})"),
            Self::DeletePrefix(prefix) => write!(f, "DeletePrefix({prefix})"),
        }
    }
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Committed {
    /// All is written and durable as of this revision. A transaction that changed nothing gets the
    /// newest one.
    Ok(Rev),
    /// A condition did not hold; nothing is written.
    CondFailed,
}

/// Conditions and operations that hold or fall together.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Txn {
    conds: Vec<Cond>,
    ops: Vec<Op>,
    op: Option<OpId>,
    unwritable: Option<String>,
}

impl Txn {
    /// A transaction that does nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Holds if the key is as it was read: at `rev`, or absent if `None`.
    pub fn unchanged(&mut self, key: Key, rev: Option<Rev>) -> &mut Self {
        self.cond(match rev {
            Some(rev) => Cond::ModRev(key, rev),
            None => Cond::Absent(key),
        })
    }

    /// Holds if the key is not there.
    pub fn absent(&mut self, key: Key) -> &mut Self {
        self.cond(Cond::Absent(key))
    }

    /// Holds if the key is there.
    pub fn exists(&mut self, key: Key) -> &mut Self {
        self.cond(Cond::Exists(key))
    }

    /// Holds if there is nothing under `key`; the boundary `/` is added where it lacks.
    pub fn prefix_empty(&mut self, key: Key) -> &mut Self {
        self.cond(Cond::PrefixEmpty(boundary(key)))
    }

    /// Holds if no live key under `key` is newer than `rev`.
    pub fn prefix_unchanged_since(&mut self, key: Key, rev: Rev) -> &mut Self {
        self.cond(Cond::PrefixUnchangedSince(boundary(key), rev))
    }

    /// Adds a condition.
    pub fn cond(&mut self, cond: Cond) -> &mut Self {
        self.conds.push(cond);
        self
    }

    /// Writes a record.
    pub fn put<R: Record>(&mut self, key: Key, record: &R) -> &mut Self {
        self.put_record(key, record, None)
    }

    /// Writes a record that dies with a lease.
    pub fn put_leased<R: Record>(&mut self, key: Key, record: &R, lease: LeaseId) -> &mut Self {
        self.put_record(key, record, Some(lease))
    }

    fn put_record<R: Record>(&mut self, key: Key, record: &R, lease: Option<LeaseId>) -> &mut Self {
        match record::encode(record) {
            Ok(value) => self.op(Op::Put { key, value, lease }),
            // Reported by `check`, so that a handler can build its transaction without a fallible step.
            Err(error) => {
                self.unwritable = Some(format!("`{key}` cannot be encoded: {error}"));
                self
            }
        }
    }

    /// Deletes a key, if it is there.
    pub fn delete(&mut self, key: Key) -> &mut Self {
        self.op(Op::Delete(key))
    }

    /// Deletes everything under `key`, at most [`Limits::group_keys`]; the boundary `/` is added
    /// where it lacks.
    pub fn delete_prefix(&mut self, key: Key) -> &mut Self {
        self.op(Op::DeletePrefix(boundary(key)))
    }

    /// Adds an operation.
    pub fn op(&mut self, op: Op) -> &mut Self {
        self.ops.push(op);
        self
    }

    /// Takes in another transaction's conditions and operations.
    pub fn merge(&mut self, other: Txn) -> &mut Self {
        self.conds.extend(other.conds);
        self.ops.extend(other.ops);
        self.op = self.op.or(other.op);
        self.unwritable = self.unwritable.take().or(other.unwritable);
        self
    }

    /// Whether there is neither a condition nor an operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.conds.is_empty() && self.ops.is_empty() && self.unwritable.is_none()
    }

    /// What must hold.
    #[must_use]
    pub fn conds(&self) -> &[Cond] {
        &self.conds
    }

    /// What is written.
    #[must_use]
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// Names this attempt by an id of the caller's; else the store draws one.
    #[must_use]
    pub fn named(mut self, op: OpId) -> Self {
        self.op = Some(op);
        self
    }

    /// The id of this attempt: the caller's, or one drawn now and kept.
    pub fn op_id(&mut self) -> OpId {
        *self.op.get_or_insert_with(OpId::random)
    }

    /// The same transaction with each value replaced; how sealing gets under it.
    pub(crate) fn map_values(
        mut self,
        mut replace: impl FnMut(&Key, Bytes) -> Result<Bytes>,
    ) -> Result<Self> {
        for op in &mut self.ops {
            if let Op::Put { key, value, .. } = op {
                *value = replace(key, std::mem::take(value))?;
            }
        }
        Ok(self)
    }

    /// The bytes of all keys and values.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let conds: usize = self.conds.iter().map(|cond| cond.key().len()).sum();
        conds + self.ops.iter().map(Op::bytes).sum::<usize>()
    }

    /// Refuses what not every engine would take; each engine calls this first.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], [`Error::TooManyOps`], [`Error::DuplicateKey`],
    /// [`Error::PrefixBoundary`], or [`Error::Other`] for a record that could not be encoded.
    pub fn check(&self, limits: &Limits) -> Result<()> {
        if let Some(why) = &self.unwritable {
            return Err(Error::other(why.clone()));
        }
        self.check_counts(limits)?;
        self.check_sizes(limits)?;
        self.check_boundaries()?;
        self.check_duplicates()
    }

    fn check_counts(&self, limits: &Limits) -> Result<()> {
        let counts = [
            ("conditions", self.conds.len(), limits.conds),
            ("operations", self.ops.len(), limits.ops),
        ];
        match counts.into_iter().find(|(_, count, limit)| count > limit) {
            Some((what, count, limit)) => Err(Error::TooManyOps { what, count, limit }),
            None => Ok(()),
        }
    }

    fn check_sizes(&self, limits: &Limits) -> Result<()> {
        let keys = self
            .conds
            .iter()
            .map(Cond::key)
            .chain(self.ops.iter().map(Op::key));
        for key in keys {
            check_key(key, limits)?;
        }
        for op in &self.ops {
            if let Op::Put { value, .. } = op
                && value.len() > limits.value_bytes
            {
                return Err(Error::TooLarge {
                    what: "value",
                    bytes: value.len(),
                    limit: limits.value_bytes,
                });
            }
        }
        match self.bytes() {
            bytes if bytes > limits.txn_bytes => Err(Error::TooLarge {
                what: "transaction",
                bytes,
                limit: limits.txn_bytes,
            }),
            _ => Ok(()),
        }
    }

    fn check_boundaries(&self) -> Result<()> {
        let conds = self.conds.iter().filter(|cond| cond.is_prefix()).map(Cond::key);
        let ops = self
            .ops
            .iter()
            .filter(|op| matches!(op, Op::DeletePrefix(_)))
            .map(Op::key);
        match conds.chain(ops).find(|prefix| !prefix.ends_at_boundary()) {
            Some(prefix) => Err(Error::PrefixBoundary(prefix.clone())),
            None => Ok(()),
        }
    }

    fn check_duplicates(&self) -> Result<()> {
        let mut seen = BTreeSet::new();
        if let Some(twice) = self.ops.iter().find(|op| !seen.insert(op.key())) {
            return Err(Error::DuplicateKey(twice.key().clone()));
        }
        for op in &self.ops {
            let Op::DeletePrefix(prefix) = op else { continue };
            // The prefix itself is in `seen` once; what follows it and begins with it is under it.
            let mut after = seen.range::<Key, _>((Bound::Excluded(prefix), Bound::Unbounded));
            if let Some(under) = after.next().filter(|key| key.starts_with(prefix)) {
                return Err(Error::DuplicateKey((**under).clone()));
            }
        }
        Ok(())
    }
}

/// The key as a prefix of whole parts.
fn boundary(key: Key) -> Key {
    if key.ends_at_boundary() { key } else { key.under() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(txn: &mut Txn, key: &str, bytes: usize) {
        txn.op(Op::Put {
            key: Key::of(&[key]),
            value: vec![0; bytes].into(),
            lease: None,
        });
    }

    fn refused(txn: &Txn) -> Error {
        txn.check(&Limits::COMMON).unwrap_err()
    }

    #[test]
    fn a_key_may_occur_once_only_counting_deleted_prefixes() {
        let mut twice = Txn::new();
        twice.delete(Key::of(&["a"])).delete(Key::of(&["a"]));
        assert!(matches!(refused(&twice), Error::DuplicateKey(_)));

        let mut under = Txn::new();
        under
            .delete(Key::of(&["a", "b"]))
            .delete_prefix(Key::of(&["a"]))
            .delete(Key::of(&["a"]));
        assert!(matches!(refused(&under), Error::DuplicateKey(key) if key == Key::of(&["a", "b"])));
    }

    #[test]
    fn a_prefix_beside_its_own_key_is_no_duplicate() {
        let mut txn = Txn::new();
        txn.delete(Key::of(&["a"]))
            .delete_prefix(Key::of(&["a"]))
            .delete(Key::of(&["ab"]));
        txn.check(&Limits::COMMON).unwrap();
    }

    #[test]
    fn a_prefix_that_ends_inside_a_part_is_refused() {
        let mut txn = Txn::new();
        txn.op(Op::DeletePrefix(Key::of(&["a"])));
        assert!(matches!(refused(&txn), Error::PrefixBoundary(_)));
    }

    #[test]
    fn sizes_and_counts_are_limited() {
        let mut value = Txn::new();
        put(&mut value, "k", (256 << 10) + 1);
        assert!(matches!(refused(&value), Error::TooLarge { what: "value", .. }));

        let mut all = Txn::new();
        (0..5).for_each(|n| put(&mut all, &n.to_string(), 220 << 10));
        assert!(matches!(
            refused(&all),
            Error::TooLarge {
                what: "transaction",
                ..
            }
        ));

        let mut many = Txn::new();
        (0..65).for_each(|n| put(&mut many, &n.to_string(), 1));
        assert!(matches!(
            refused(&many),
            Error::TooManyOps {
                count: 65,
                limit: 64,
                ..
            }
        ));

        let mut key = Txn::new();
        key.exists(Key::of(&["x".repeat(2048)]));
        assert!(matches!(refused(&key), Error::TooLarge { what: "key", .. }));
    }

    #[test]
    fn a_transaction_does_not_print_its_values() {
        let mut txn = Txn::new();
        txn.op(Op::Put {
            key: Key::of(&["k"]),
            value: "secret".into(),
            lease: None,
        });
        assert!(!format!("{txn:?}").contains("secret"));
    }
}
