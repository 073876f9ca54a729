//! A slow look at everything: do all rows parse, and do the tables agree?

use std::collections::BTreeSet;

use redb::{ReadTransaction, ReadableTable as _, ReadableTableMetadata as _};

use super::row;
use super::tables::{self, CUR, LEASE, LEASED, LOG};
use crate::{Error, Result, Rev};

pub(super) fn check(txn: &ReadTransaction) -> Result<()> {
    let (rev, compacted) = tables::revs(txn)?;
    check_live(txn, rev)?;
    check_log(txn, rev, compacted)
}

/// Live keys are no newer than the store, and on leases that list them.
fn check_live(txn: &ReadTransaction, newest: Rev) -> Result<()> {
    let cur = txn.open_table(CUR).map_err(Error::other)?;
    let (lease, leased) = (
        txn.open_table(LEASE).map_err(Error::other)?,
        txn.open_table(LEASED).map_err(Error::other)?,
    );
    let mut on_leases = 0;
    for found in cur.iter().map_err(Error::other)? {
        let (key, value) = found.map_err(Error::other)?;
        let entry = row::decode_entry(key.value(), value.value())?;
        if entry.create_rev > entry.mod_rev || entry.mod_rev > newest {
            return Err(Error::Corrupt(format!(
                "`{}` has impossible revisions",
                entry.key
            )));
        }
        let Some(id) = entry.lease else { continue };
        on_leases += 1;
        let listed = leased
            .get(&row::leased_key(id, key.value())[..])
            .map_err(Error::other)?
            .is_some();
        let runs = lease
            .get(&id.0.to_be_bytes()[..])
            .map_err(Error::other)?
            .is_some();
        if !(listed && runs) {
            return Err(Error::Corrupt(format!(
                "`{}` is on a lease that does not know it",
                entry.key
            )));
        }
    }
    if leased.len().map_err(Error::other)? == on_leases {
        return Ok(());
    }
    Err(Error::Corrupt("a lease lists keys that are not on it".to_owned()))
}

/// The log has every revision that it should have, and no other.
fn check_log(txn: &ReadTransaction, newest: Rev, compacted: Rev) -> Result<()> {
    let log = txn.open_table(LOG).map_err(Error::other)?;
    let mut revs = BTreeSet::new();
    for found in log.iter().map_err(Error::other)? {
        let (key, value) = found.map_err(Error::other)?;
        let rev = row::log_rev(key.value())?;
        row::decode_event(rev, value.value())?;
        revs.insert(rev.0);
    }
    if revs.into_iter().eq(compacted.0 + 1..=newest.0) {
        return Ok(());
    }
    Err(Error::Corrupt("the log has gaps".to_owned()))
}
