//! What a group of transactions has seen and changed of the live keys: each row is read once at
//! most, and written once, in the order of keys, when the group is whole.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::ops::Bound;

use bytes::Bytes;
use redb::ReadableTable as _;

use super::row::{self, Header};
use super::tables::Tables;
use crate::{Error, Key, Result, Rev};

/// A row of `cur` as the group's next transaction finds it.
pub(super) enum Row {
    /// As the table has it; `None` if it is not there.
    Read(Option<Header>),
    Put(Header, Bytes),
    Deleted,
}

impl Row {
    fn header(&self) -> Option<Header> {
        match self {
            Self::Read(header) => *header,
            Self::Put(header, _) => Some(*header),
            Self::Deleted => None,
        }
    }
}

/// Rows by key.
pub(super) type Group = BTreeMap<Bytes, Row>;

impl Tables<'_> {
    /// What the row of `key` says besides its value, if there is one.
    pub(super) fn header(&mut self, key: &Key) -> Result<Option<Header>> {
        match self.group.entry(key.shared()) {
            Slot::Occupied(known) => Ok(known.get().header()),
            Slot::Vacant(unknown) => {
                let found = self.cur.get(key.as_bytes()).map_err(Error::other)?;
                let header = found
                    .map(|row| row::decode_header(row.value()).map(|(header, _)| header))
                    .transpose()?;
                unknown.insert(Row::Read(header));
                Ok(header)
            }
        }
    }

    /// Sets a row, for [`Tables::write_group`] to write.
    pub(super) fn set_row(&mut self, key: &Key, row: Row) {
        self.group.insert(key.shared(), row);
    }

    /// Visits keys under a prefix, in no order, and the revisions that wrote them, while `visit` says
    /// so; returns whether it always did.
    pub(super) fn under(
        &self,
        prefix: &Key,
        mut visit: impl FnMut(&[u8], Rev) -> Result<bool>,
    ) -> Result<bool> {
        let prefix = prefix.as_bytes();
        for found in self.cur.range(prefix..).map_err(Error::other)? {
            let (key, row) = found.map_err(Error::other)?;
            if !key.value().starts_with(prefix) {
                break;
            }
            if matches!(self.group.get(key.value()), Some(Row::Put(..) | Row::Deleted)) {
                continue;
            }
            if !visit(key.value(), row::decode_header(row.value())?.0.mod_rev)? {
                return Ok(false);
            }
        }
        let changed = self
            .group
            .range::<[u8], _>((Bound::Included(prefix), Bound::Unbounded));
        for (key, row) in changed.take_while(|(key, _)| key.starts_with(prefix)) {
            if let Row::Put(header, _) = row
                && !visit(key, header.mod_rev)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes what the group has changed.
    pub(super) fn write_group(&mut self) -> Result<()> {
        for (key, row) in std::mem::take(&mut self.group) {
            match row {
                Row::Put(header, value) => {
                    let mut place = self
                        .cur
                        .insert_reserve(&key[..], row::cur_bytes(&value))
                        .map_err(Error::other)?;
                    row::encode_cur(header, &value, place.as_mut());
                }
                Row::Deleted => drop(self.cur.remove(&key[..]).map_err(Error::other)?),
                Row::Read(_) => {}
            }
        }
        self.write_rev()
    }
}

#[cfg(test)]
mod tests {
    use redb::ReadableDatabase as _;

    use super::*;
    use crate::embedded::scan;
    use crate::{Committed, Limits, Op, Txn};

    fn key(name: &str) -> Key {
        Key::of(&["k", name])
    }

    fn put(mut txn: Txn, name: &str, value: &'static str) -> Txn {
        txn.op(Op::Put {
            key: key(name),
            value: value.into(),
            lease: None,
        });
        txn
    }

    fn with(condition: impl FnOnce(&mut Txn) -> &mut Txn) -> Txn {
        let mut txn = Txn::new();
        condition(&mut txn);
        txn
    }

    /// Transactions of which each one's outcome hangs on those before.
    fn dependent() -> Vec<Txn> {
        let all = Key::of(&["k"]);
        vec![
            put(with(|txn| txn.prefix_empty(all.clone())), "a", "1"),
            put(with(|txn| txn.prefix_empty(all.clone())), "b", "refused"),
            put(with(|txn| txn.absent(key("a"))), "b", "refused"),
            put(with(|txn| txn.unchanged(key("a"), Some(Rev(1)))), "a", "2"),
            put(with(|txn| txn.unchanged(key("a"), Some(Rev(1)))), "a", "refused"),
            put(
                with(|txn| txn.prefix_unchanged_since(all.clone(), Rev(1))),
                "b",
                "refused",
            ),
            put(
                with(|txn| txn.prefix_unchanged_since(all.clone(), Rev(2))),
                "b",
                "3",
            ),
            with(|txn| txn.delete(key("a"))),
            put(with(|txn| txn.exists(key("a"))), "b", "refused"),
            with(|txn| txn.delete(key("a"))),
            put(with(|txn| txn.absent(key("a"))), "a", "5"),
            with(|txn| txn.delete_prefix(all.clone())),
            put(with(|txn| txn.prefix_empty(all.clone())), "c", "7"),
            put(Txn::new(), "c", "8"),
        ]
    }

    /// Applies the transactions in groups of this size; returns the outcomes and what is there in the end.
    fn outcomes(group: usize) -> (Vec<(Committed, Vec<Key>)>, Vec<crate::Entry>) {
        let dir = tempfile::tempdir().unwrap();
        let db = redb::Database::create(dir.path().join("db")).unwrap();
        let mut outcomes = Vec::new();
        for (number, txns) in dependent().chunks(group).enumerate() {
            let write = db.begin_write().unwrap();
            let mut tables = Tables::open(&write).unwrap();
            if number == 0 {
                tables.initialise().unwrap();
            }
            for txn in txns {
                let (committed, batch) = tables.apply(txn, &Limits::COMMON).unwrap();
                let events = batch.into_iter().flat_map(|batch| batch.events);
                outcomes.push((committed, events.map(|event| event.key).collect()));
            }
            tables.write_group().unwrap();
            drop(tables);
            write.commit().unwrap();
        }
        let read = db.begin_read().unwrap();
        let names = ["a", "b", "c"].map(|name| scan::get(&read, &key(name)).unwrap());
        (outcomes, names.into_iter().flatten().collect())
    }

    #[test]
    fn transactions_of_one_group_see_each_other_as_if_each_were_alone() {
        let alone = outcomes(1);
        let refused = alone
            .0
            .iter()
            .filter(|(committed, _)| *committed == Committed::CondFailed);
        assert_eq!(refused.count(), 5);
        assert_eq!(alone.1.len(), 1);
        for group in [2, 3, 5, 100] {
            assert_eq!(outcomes(group), alone, "groups of {group}");
        }
    }
}
