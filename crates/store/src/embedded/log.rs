//! The history that watches resume from: the last 10 minutes, or 200 000 revisions.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use redb::{ReadTransaction, ReadableTable as _};

use super::row;
use super::tables::{self, LOG, Tables};
use crate::{Batch, Error, Result, Rev};

const KEEP: Duration = Duration::from_secs(600);
const KEEP_REVS: u64 = 200_000;
/// How often the age of revisions is noted, and so how exact `KEEP` is.
const MARK_EVERY: Duration = Duration::from_secs(10);
/// Rows removed along with one group commit: few enough not to be felt, more than a group adds.
const TRIM_ROWS: usize = 1_024;
/// Revisions that may be overdue before trimming is worth a commit's pages.
const TRIM_SLACK: u64 = 512;
/// Bytes of events that a reader takes at a time.
const READ_BYTES: usize = 1 << 20;

/// Writes a batch's events.
pub(super) fn append(tables: &mut Tables<'_>, batch: &Batch) -> Result<()> {
    for (index, event) in (0..).zip(&batch.events) {
        let key = row::log_key(batch.rev, index);
        tables
            .log
            .insert(&key[..], &row::encode_event(event)[..])
            .map_err(Error::other)?;
    }
    Ok(())
}

/// Reads whole batches from revision `from` on, some at a time; none means that `from` is yet to come.
///
/// # Errors
///
/// [`Error::Compacted`] if `from` has been forgotten.
pub(super) fn read(txn: &ReadTransaction, from: Rev) -> Result<VecDeque<Batch>> {
    if from <= tables::revs(txn)?.1 {
        return Err(Error::Compacted);
    }
    let log = txn.open_table(LOG).map_err(Error::other)?;
    let (mut batches, mut bytes) = (VecDeque::<Batch>::new(), 0);
    for found in log.range(&row::log_key(from, 0)[..]..).map_err(Error::other)? {
        let (key, value) = found.map_err(Error::other)?;
        let rev = row::log_rev(key.value())?;
        bytes += value.value().len();
        let event = row::decode_event(rev, value.value())?;
        match batches.back_mut() {
            Some(batch) if batch.rev == rev => batch.events.push(event),
            Some(_) if bytes > READ_BYTES => break,
            _ => batches.push_back(Batch {
                rev,
                events: vec![event],
            }),
        }
    }
    Ok(batches)
}

/// Decides how much of the log is kept.
pub(super) struct Trimmer {
    /// Which revision was the newest at some times, oldest first.
    marks: VecDeque<(Instant, Rev)>,
    /// The newest revision that is too old to keep.
    overdue: Rev,
}

impl Trimmer {
    pub(super) fn new(rev: Rev) -> Self {
        Self {
            marks: VecDeque::from([(Instant::now(), rev)]),
            overdue: Rev(0),
        }
    }

    /// Forgets everything before `keep_from`, over the next commits.
    pub(super) fn compact(&mut self, keep_from: Rev, newest: Rev) {
        let before = Rev(keep_from.0.saturating_sub(1).min(newest.0));
        self.overdue = self.overdue.max(before);
    }

    /// Notes the time of `rev`, and removes some rows if enough are overdue.
    pub(super) fn trim(&mut self, tables: &mut Tables<'_>, rev: Rev) -> Result<()> {
        self.note(Instant::now(), rev);
        let compacted = tables.compacted()?;
        if self.overdue.0 < compacted.0 + TRIM_SLACK {
            return Ok(());
        }
        self.remove(tables, compacted)
    }

    /// Removes all that is overdue at once.
    pub(super) fn trim_all(&mut self, tables: &mut Tables<'_>) -> Result<()> {
        while tables.compacted()? < self.overdue {
            self.remove(tables, tables.compacted()?)?;
        }
        Ok(())
    }

    fn note(&mut self, now: Instant, rev: Rev) {
        if self
            .marks
            .back()
            .is_none_or(|(at, _)| now.duration_since(*at) >= MARK_EVERY)
        {
            self.marks.push_back((now, rev));
        }
        while let Some((at, marked)) = self.marks.front()
            && now.duration_since(*at) >= KEEP
        {
            self.overdue = self.overdue.max(*marked);
            self.marks.pop_front();
        }
        self.overdue = self.overdue.max(Rev(rev.0.saturating_sub(KEEP_REVS)));
    }

    /// Removes the oldest revisions that are overdue: whole ones, of [`TRIM_ROWS`] rows or little more.
    fn remove(&self, tables: &mut Tables<'_>, compacted: Rev) -> Result<()> {
        let (start, end) = (
            row::log_key(compacted.next(), 0),
            row::log_key(self.overdue.next(), 0),
        );
        let mut rows = Vec::with_capacity(TRIM_ROWS);
        let mut last = self.overdue;
        for found in tables.log.range(&start[..]..&end[..]).map_err(Error::other)? {
            let key = found.map_err(Error::other)?.0.value().to_vec();
            let rev = row::log_rev(&key)?;
            if rows.len() >= TRIM_ROWS && rev > last {
                break;
            }
            if rows.len() < TRIM_ROWS {
                last = rev;
            }
            rows.push(key);
        }
        if rows.len() < TRIM_ROWS {
            last = self.overdue;
        }
        for key in &rows {
            tables.log.remove(&key[..]).map_err(Error::other)?;
        }
        tables.set_compacted(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_overdue_ten_minutes_after_it_was_the_newest() {
        let mut trimmer = Trimmer::new(Rev(5));
        let start = trimmer.marks[0].0;
        trimmer.note(start + Duration::from_secs(30), Rev(9));
        trimmer.note(start + Duration::from_secs(599), Rev(10));
        assert_eq!(trimmer.overdue, Rev(0));
        trimmer.note(start + Duration::from_secs(601), Rev(11));
        assert_eq!(trimmer.overdue, Rev(5));
    }

    #[test]
    fn revisions_beyond_the_count_are_overdue_at_once() {
        let mut trimmer = Trimmer::new(Rev(0));
        trimmer.note(Instant::now(), Rev(KEEP_REVS + 3));
        assert_eq!(trimmer.overdue, Rev(3));
    }
}
