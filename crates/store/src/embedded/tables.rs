//! The tables of the file, all with byte keys; integers are big-endian.

use redb::{AccessGuard, ReadableTable as _, Table, TableDefinition, TableError, WriteTransaction};

use super::group::Group;
use crate::{Epoch, Error, Result, Rev};

/// Bytes to bytes.
pub(super) type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;
/// A table open for writing.
pub(super) type Rows<'txn> = Table<'txn, &'static [u8], &'static [u8]>;

/// Live keys: key → create_rev, mod_rev, lease, value.
pub(super) const CUR: Definition = TableDefinition::new("cur");
/// History: rev u64, index u16 → op kind, key, value if put.
pub(super) const LOG: Definition = TableDefinition::new("log");
/// Leases: id → time to live in milliseconds.
pub(super) const LEASE: Definition = TableDefinition::new("lease");
/// Keys on leases: id, key → nothing.
pub(super) const LEASED: Definition = TableDefinition::new("leased");
/// Facts about the whole: see the names below.
pub(super) const META: Definition = TableDefinition::new("meta");

const REV: &[u8] = b"rev";
const COMPACTED: &[u8] = b"compacted";
const EPOCH: &[u8] = b"epoch";
const FORMAT: &[u8] = b"format";

/// The layout of the tables and rows in this module's neighbours.
const CURRENT_FORMAT: u64 = 1;

/// All tables, open for one write transaction.
pub(super) struct Tables<'txn> {
    pub(super) cur: Rows<'txn>,
    pub(super) log: Rows<'txn>,
    pub(super) lease: Rows<'txn>,
    pub(super) leased: Rows<'txn>,
    meta: Rows<'txn>,
    /// What is yet to be written to `cur`.
    pub(super) group: Group,
    /// The newest revision, if it is yet to be written.
    newest: Option<Rev>,
}

impl<'txn> Tables<'txn> {
    pub(super) fn open(txn: &'txn WriteTransaction) -> Result<Self, TableError> {
        Ok(Self {
            cur: txn.open_table(CUR)?,
            log: txn.open_table(LOG)?,
            lease: txn.open_table(LEASE)?,
            leased: txn.open_table(LEASED)?,
            meta: txn.open_table(META)?,
            group: Group::new(),
            newest: None,
        })
    }

    /// Writes what a new store holds.
    pub(super) fn initialise(&mut self) -> Result<()> {
        let epoch = Epoch::random();
        self.meta.insert(EPOCH, &epoch.0[..]).map_err(Error::other)?;
        self.put_number(FORMAT, CURRENT_FORMAT)?;
        self.put_number(COMPACTED, 0)?;
        self.put_number(REV, 0)
    }

    /// Whether nothing was ever written here.
    pub(super) fn is_new(&self) -> Result<bool> {
        Ok(self.meta.get(FORMAT).map_err(Error::other)?.is_none())
    }

    /// The epoch, once the format is known to be ours.
    pub(super) fn epoch(&self) -> Result<Epoch> {
        match self.number(FORMAT)? {
            CURRENT_FORMAT => {}
            format => {
                return Err(Error::Corrupt(format!(
                    "layout {format} is not known to this build"
                )));
            }
        }
        let stored = self.meta.get(EPOCH).map_err(Error::other)?;
        let epoch = stored.and_then(|bytes| bytes.value().try_into().ok());
        epoch
            .map(Epoch)
            .ok_or_else(|| Error::Corrupt("no epoch".to_owned()))
    }

    /// The newest revision.
    pub(super) fn rev(&self) -> Result<Rev> {
        self.newest.map_or_else(|| self.number(REV).map(Rev), Ok)
    }

    /// Sets the newest revision, for [`Tables::write_group`] to write.
    pub(super) fn set_rev(&mut self, rev: Rev) {
        self.newest = Some(rev);
    }

    /// Writes the newest revision, if it was set.
    pub(super) fn write_rev(&mut self) -> Result<()> {
        match self.newest.take() {
            Some(rev) => self.put_number(REV, rev.0),
            None => Ok(()),
        }
    }

    /// The newest revision that the log has forgotten.
    pub(super) fn compacted(&self) -> Result<Rev> {
        self.number(COMPACTED).map(Rev)
    }

    pub(super) fn set_compacted(&mut self, rev: Rev) -> Result<()> {
        self.put_number(COMPACTED, rev.0)
    }

    fn number(&self, name: &[u8]) -> Result<u64> {
        decode_number(self.meta.get(name).map_err(Error::other)?.as_ref())
    }

    fn put_number(&mut self, name: &[u8], number: u64) -> Result<()> {
        self.meta
            .insert(name, &number.to_be_bytes()[..])
            .map_err(Error::other)?;
        Ok(())
    }
}

/// The newest revision and the newest forgotten one, as a reader's snapshot has them.
pub(super) fn revs(txn: &redb::ReadTransaction) -> Result<(Rev, Rev)> {
    let meta = txn.open_table(META).map_err(Error::other)?;
    let number = |name| decode_number(meta.get(name).map_err(Error::other)?.as_ref());
    Ok((Rev(number(REV)?), Rev(number(COMPACTED)?)))
}

fn decode_number(bytes: Option<&AccessGuard<'_, &'static [u8]>>) -> Result<u64> {
    let number = bytes
        .and_then(|bytes| bytes.value().try_into().ok())
        .map(u64::from_be_bytes);
    number.ok_or_else(|| Error::Corrupt("a number is missing from the meta table".to_owned()))
}
