//! The file beside the store: a lock for one process, and the newest revision acknowledged.
//!
//! The revision is noted after each durable commit, without a flush of its own. It
//! outlives a killed process, and a power cut at worst loses the last notes; so
//! a store whose revision is *below* the note has lost what clients were promised,
//! by damage or by an old copy put in place, and is refused.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use tracing::warn;

use crate::Rev;

/// A note is the revision and, to tell a torn note from a whole one, its complement.
const NOTE_BYTES: usize = 16;

pub(super) struct Guard(File);

impl Guard {
    /// Takes the lock; `None` if another process has it.
    pub(super) fn take(path: &Path) -> io::Result<Option<Self>> {
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The newest revision noted; `Rev(0)` if there is no note.
    pub(super) fn acknowledged(&self) -> io::Result<Rev> {
        let mut note = [0; NOTE_BYTES];
        match self.0.read_exact_at(&mut note, 0) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Rev(0)),
            Err(error) => return Err(error),
        }
        let note = u128::from_be_bytes(note);
        let (rev, complement) = ((note >> 64) as u64, note as u64);
        if rev == !complement {
            return Ok(Rev(rev));
        }
        warn!("store.lock holds no readable revision; going on without that check");
        Ok(Rev(0))
    }

    /// Notes that clients were told of `rev`.
    pub(super) fn acknowledge(&self, rev: Rev) {
        let note = u128::from(rev.0) << 64 | u128::from(!rev.0);
        if let Err(error) = self.0.write_all_at(&note.to_be_bytes(), 0) {
            // The commit itself is durable; a missing note only weakens a later check.
            warn!(%error, "cannot note the newest revision in store.lock");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time_and_the_note_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.lock");
        let guard = Guard::take(&path).unwrap().unwrap();
        assert_eq!(guard.acknowledged().unwrap(), Rev(0));
        guard.acknowledge(Rev(7));
        assert!(Guard::take(&path).unwrap().is_none());
        drop(guard);
        assert_eq!(
            Guard::take(&path).unwrap().unwrap().acknowledged().unwrap(),
            Rev(7)
        );
    }
}
