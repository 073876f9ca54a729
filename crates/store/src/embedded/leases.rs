//! Leases: their clocks are in memory and monotonic, their keys in the file.
//!
//! No time is written down: after a restart every lease gets its full time again, since
//! nobody could have kept it alive meanwhile.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use redb::ReadableTable as _;

use super::row;
use super::tables::Tables;
use crate::{Error, Key, LeaseId, Result};

/// Longer ones are cut to this: an `Instant` cannot be moved arbitrarily far.
const MAX_TTL: Duration = Duration::from_secs(365 * 24 * 3600);

struct Clock {
    ttl: Duration,
    expires: Instant,
}

/// The running leases.
#[derive(Default)]
pub(super) struct Leases(HashMap<LeaseId, Clock>);

impl Leases {
    pub(super) fn load(tables: &Tables<'_>) -> Result<Self> {
        let mut leases = Self::default();
        for found in tables.lease.iter().map_err(Error::other)? {
            let (id, ttl) = found.map_err(Error::other)?;
            let (id, ttl) = (row::number(id.value())?.0, row::number(ttl.value())?.0);
            leases.start(LeaseId(id), Duration::from_millis(ttl));
        }
        Ok(leases)
    }

    /// Starts a lease's clock.
    pub(super) fn start(&mut self, id: LeaseId, ttl: Duration) {
        let ttl = ttl.min(MAX_TTL);
        self.0.insert(
            id,
            Clock {
                ttl,
                expires: Instant::now() + ttl,
            },
        );
    }

    /// Winds a lease's clock up again.
    pub(super) fn keepalive(&mut self, id: LeaseId) -> Result<Duration> {
        let clock = self.0.get_mut(&id).ok_or(Error::LeaseGone)?;
        clock.expires = Instant::now() + clock.ttl;
        Ok(clock.ttl)
    }

    pub(super) fn stop(&mut self, id: LeaseId) {
        self.0.remove(&id);
    }

    /// When the next lease runs out.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.0.values().map(|clock| clock.expires).min()
    }

    /// The leases that have run out.
    pub(super) fn expired(&self) -> Vec<LeaseId> {
        let now = Instant::now();
        let mut ids: Vec<_> = self
            .0
            .iter()
            .filter(|(_, clock)| clock.expires <= now)
            .map(|(id, _)| *id)
            .collect();
        ids.sort_unstable();
        ids
    }
}

/// Writes a lease's row.
pub(super) fn grant(tables: &mut Tables<'_>, id: LeaseId, ttl: Duration) -> Result<()> {
    let millis = u64::try_from(ttl.min(MAX_TTL).as_millis()).expect("a year's milliseconds fit");
    let (id, millis) = (id.0.to_be_bytes(), millis.to_be_bytes());
    tables.lease.insert(&id[..], &millis[..]).map_err(Error::other)?;
    Ok(())
}

/// Whether the lease is there.
pub(super) fn exists(tables: &Tables<'_>, id: LeaseId) -> Result<bool> {
    let id = id.0.to_be_bytes();
    Ok(tables.lease.get(&id[..]).map_err(Error::other)?.is_some())
}

/// Removes a lease's row.
pub(super) fn remove(tables: &mut Tables<'_>, id: LeaseId) -> Result<()> {
    let id = id.0.to_be_bytes();
    tables.lease.remove(&id[..]).map_err(Error::other)?;
    Ok(())
}

/// The keys on a lease, in order.
pub(super) fn keys(tables: &Tables<'_>, id: LeaseId) -> Result<Vec<Key>> {
    let start = row::leased_key(id, b"");
    let mut keys = Vec::new();
    for found in tables.leased.range(&start[..]..).map_err(Error::other)? {
        let (found, _) = found.map_err(Error::other)?;
        let Some(key) = found.value().strip_prefix(&start[..]) else {
            break;
        };
        keys.push(Key::from_bytes(key.to_vec()));
    }
    Ok(keys)
}
