//! One transaction against the tables: are its conditions met, and what does it change?
//!
//! INVARIANT: everything that can be refused is refused before the first row is
//! changed, because the other transactions of the group share the redb transaction.

use std::collections::{BTreeMap, BTreeSet};

use super::group::Row;
use super::row::{self, Header};
use super::tables::Tables;
use super::{leases, log};
use crate::{Batch, Committed, Cond, Error, Event, Key, LeaseId, Limits, Op, Result, Rev, Txn};
use bytes::Bytes;

/// A key's new value; `None` deletes it.
struct Change {
    key: Key,
    put: Option<(Bytes, Option<LeaseId>)>,
}

impl Tables<'_> {
    /// Applies a transaction that [`Txn::check`] let pass. Returns its batch if it changed something.
    pub(super) fn apply(&mut self, txn: &Txn, limits: &Limits) -> Result<(Committed, Option<Batch>)> {
        for cond in txn.conds() {
            if !self.holds(cond)? {
                return Ok((Committed::CondFailed, None));
            }
        }
        let changes = self.changes(txn, limits)?;
        if changes.is_empty() {
            return Ok((Committed::Ok(self.rev()?), None));
        }
        let batch = self.write(changes)?;
        Ok((Committed::Ok(batch.rev), Some(batch)))
    }

    /// Ends a lease. Returns the batch of its keys' deletions, if it had any.
    pub(super) fn end_lease(&mut self, id: LeaseId) -> Result<Option<Batch>> {
        let keys = leases::keys(self, id)?;
        leases::remove(self, id)?;
        let changes: Vec<_> = keys.into_iter().map(|key| Change { key, put: None }).collect();
        if changes.is_empty() {
            Ok(None)
        } else {
            self.write(changes).map(Some)
        }
    }

    fn holds(&mut self, cond: &Cond) -> Result<bool> {
        Ok(match cond {
            Cond::Absent(key) => self.header(key)?.is_none(),
            Cond::Exists(key) => self.header(key)?.is_some(),
            Cond::ModRev(key, rev) => self.header(key)?.is_some_and(|header| header.mod_rev == *rev),
            Cond::PrefixEmpty(prefix) => self.under(prefix, |_, _| Ok(false))?,
            Cond::PrefixUnchangedSince(prefix, rev) => {
                self.under(prefix, |_, mod_rev| Ok(mod_rev <= *rev))?
            }
        })
    }

    fn changes(&mut self, txn: &Txn, limits: &Limits) -> Result<Vec<Change>> {
        self.check_leases(txn, limits)?;
        let mut changes = Vec::with_capacity(txn.ops().len());
        for op in txn.ops() {
            match op {
                Op::Put { key, value, lease } => {
                    changes.push(Change {
                        key: key.clone(),
                        put: Some((value.clone(), *lease)),
                    });
                }
                Op::Delete(key) if self.header(key)?.is_some() => {
                    changes.push(Change {
                        key: key.clone(),
                        put: None,
                    });
                }
                Op::Delete(_) => {}
                Op::DeletePrefix(prefix) => changes.extend(self.deletions(prefix, limits)?),
            }
        }
        Ok(changes)
    }

    /// Refuses leases that are gone or that would get too many keys.
    fn check_leases(&self, txn: &Txn, limits: &Limits) -> Result<()> {
        let mut leases = BTreeMap::<LeaseId, BTreeSet<&[u8]>>::new();
        for op in txn.ops() {
            if let Op::Put {
                key,
                lease: Some(lease),
                ..
            } = op
            {
                leases.entry(*lease).or_default().insert(key.as_bytes());
            }
        }
        for (lease, mut keys) in leases {
            if !leases::exists(self, lease)? {
                return Err(Error::LeaseGone);
            }
            let before = leases::keys(self, lease)?;
            keys.extend(before.iter().map(Key::as_bytes));
            let (what, count, limit) = ("keys on a lease", keys.len(), limits.group_keys);
            if count > limit {
                return Err(Error::TooManyOps { what, count, limit });
            }
        }
        Ok(())
    }

    fn deletions(&self, prefix: &Key, limits: &Limits) -> Result<Vec<Change>> {
        let (mut deletions, limit) = (Vec::new(), limits.group_keys);
        let all = self.under(prefix, |key, _| {
            deletions.push(Change {
                key: Key::from_bytes(key.to_vec()),
                put: None,
            });
            Ok(deletions.len() <= limit)
        })?;
        let what = "keys under a deleted prefix";
        let count = deletions.len();
        if all {
            deletions.sort_unstable_by(|one, other| one.key.cmp(&other.key));
            Ok(deletions)
        } else {
            Err(Error::TooManyOps { what, count, limit })
        }
    }

    fn write(&mut self, changes: Vec<Change>) -> Result<Batch> {
        let rev = self.rev()?.next();
        self.set_rev(rev);
        let mut events = Vec::with_capacity(changes.len());
        for Change { key, put } in changes {
            self.write_cur(rev, &key, put.clone())?;
            events.push(Event {
                key,
                mod_rev: rev,
                value: put.map(|(value, _)| value),
            });
        }
        let batch = Batch { rev, events };
        log::append(self, &batch)?;
        Ok(batch)
    }

    fn write_cur(&mut self, rev: Rev, key: &Key, put: Option<(Bytes, Option<LeaseId>)>) -> Result<()> {
        let before = self.header(key)?;
        self.move_lease(
            key,
            before.and_then(|header| header.lease),
            put.as_ref().and_then(|(_, lease)| *lease),
        )?;
        let row = put.map_or(Row::Deleted, |(value, lease)| {
            let header = Header {
                create_rev: before.map_or(rev, |header| header.create_rev),
                mod_rev: rev,
                lease,
            };
            Row::Put(header, value)
        });
        self.set_row(key, row);
        Ok(())
    }

    fn move_lease(&mut self, key: &Key, from: Option<LeaseId>, to: Option<LeaseId>) -> Result<()> {
        if from == to {
            return Ok(());
        }
        if let Some(lease) = from {
            self.leased
                .remove(&row::leased_key(lease, key.as_bytes())[..])
                .map_err(Error::other)?;
        }
        if let Some(lease) = to {
            self.leased
                .insert(&row::leased_key(lease, key.as_bytes())[..], &[][..])
                .map_err(Error::other)?;
        }
        Ok(())
    }
}
