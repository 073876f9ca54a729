use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use super::chain::Chain;
use super::line::Hash;
use super::log::Segment;
use super::segment::{self, HeadFields, HeadKey};
use super::walk::{Break, Walk, Walked};
use super::{AuditError, BreakKind, Tip};

/// The end of the log as it was found, or a new log.
pub(super) struct Recovered {
    pub(super) chain: Chain,
    pub(super) segment: Segment,
    /// Bytes of an unfinished line that were cut off.
    pub(super) cut_bytes: u64,
    /// The anchor, if there is nothing left of the log it speaks of.
    pub(super) lost: Option<Tip>,
    /// Keeps other processes out for as long as it is open.
    pub(super) lock: File,
}

/// Finds the end of the chain in the newest segment, or begins the first one.
pub(super) fn recover(directory: &Path, key: &HeadKey, anchor: Option<&Tip>) -> Result<Recovered, OpenError> {
    let failed = |source| OpenError::Directory {
        directory: directory.to_owned(),
        source,
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(failed)?;
    let lock = lock(directory)?;
    let mut files = segment::list(directory).map_err(failed)?;
    while let Some((number, path)) = files.pop() {
        let mut walk = Walk {
            anchor: anchor.copied(),
            ..Walk::default()
        };
        let walked = walk
            .segment(number, &path, Some(key))
            .map_err(failed)?
            .map_err(|found| OpenError::broken(directory, found))?;
        match walk.hash {
            Some(hash) => {
                if let Some(missed) = walk.anchor {
                    missing(directory, &missed, number, &path, walked)
                        .map_err(failed)?
                        .map_or(Ok(()), |found| Err(OpenError::broken(directory, found)))?;
                }
                return resume(number, &path, hash, &walk, walked, lock).map_err(failed);
            }
            // Not even its head was finished, so nothing was ever recorded in it.
            None => fs::remove_file(&path).map_err(failed)?,
        }
    }
    begin(directory, key, lock, anchor.copied()).map_err(failed)
}

/// Where an anchor's line is missing that was not met in the newest segment; nowhere if it is in
/// an older one, or in one that was moved to an archive.
fn missing(
    directory: &Path,
    anchor: &Tip,
    newest: u64,
    path: &Path,
    walked: Walked,
) -> io::Result<Option<Break>> {
    let cut_off = |file: &Path, walked: Walked| Break {
        file: file.to_owned(),
        line: walked.records + 2, // after the head and the records
        kind: BreakKind::CutOff,
    };
    if anchor.segment >= newest {
        return Ok(Some(cut_off(path, walked)));
    }
    let older = segment::path(directory, anchor.segment);
    if !older.exists() {
        return Ok(None);
    }
    let mut walk = Walk {
        anchor: Some(*anchor),
        ..Walk::default()
    };
    Ok(match walk.segment(anchor.segment, &older, None)? {
        Err(found) => Some(found),
        Ok(walked) => walk.anchor.map(|_missed| cut_off(&older, walked)),
    })
}

fn resume(
    number: u64,
    path: &Path,
    hash: Hash,
    walk: &Walk,
    walked: Walked,
    lock: File,
) -> io::Result<Recovered> {
    let file = OpenOptions::new().append(true).open(path)?;
    if walked.unfinished_bytes > 0 {
        file.set_len(walked.bytes)?;
    }
    // What the crashed process wrote may be in the kernel only; the chain goes on from it.
    file.sync_all()?;
    Ok(Recovered {
        chain: Chain {
            sequence: walk.sequence,
            hash,
            last_change: walk.last_change,
            lines: Vec::new(),
        },
        segment: Segment::new(number, file, walked.bytes),
        cut_bytes: walked.unfinished_bytes,
        lost: None,
        lock,
    })
}

fn begin(directory: &Path, key: &HeadKey, lock: File, lost: Option<Tip>) -> io::Result<Recovered> {
    let head = HeadFields {
        segment: 1,
        first: 1,
        time: SystemTime::now().into(),
        last_change: None,
    };
    let mut bytes = Vec::new();
    let hash = head.write(key, Hash::GENESIS, &mut bytes);
    let file = segment::create(directory, 1, &bytes)?;
    Ok(Recovered {
        chain: Chain {
            sequence: 0,
            hash,
            last_change: None,
            lines: Vec::new(),
        },
        segment: Segment::new(1, file, u64::try_from(bytes.len()).expect("a length")),
        cut_bytes: 0,
        lost,
        lock,
    })
}

fn lock(directory: &Path) -> Result<File, OpenError> {
    let failed = |source| OpenError::Directory {
        directory: directory.to_owned(),
        source,
    };
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(directory.join("lock"))
        .map_err(failed)?;
    match lock_soon(&file) {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
            directory: directory.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Tries for a moment: a child that a former holder has just forked holds the lock too, until it
/// becomes another program.
fn lock_soon(file: &File) -> Result<(), TryLockError> {
    for _ in 0..10 {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(20)),
            outcome => return outcome,
        }
    }
    file.try_lock()
}

/// Why the log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file or the directory cannot be used.
    #[error("cannot use the audit log in `{}`", .directory.display())]
    Directory {
        /// The log's directory.
        directory: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process has it open.
    #[error("the audit log in `{}` is in use; is another server running on it?", .directory.display())]
    InUse {
        /// The log's directory.
        directory: PathBuf,
    },
    /// The log is not what the server wrote.
    #[error(
        "the audit log is broken at line {} of `{}`: {}; `kagiban-server doctor` looks at all of it \
         and compares it with the store; find out who or what did this, keep the files as evidence, then move all of `{}` away and start again: \
         a new chain begins",
        .found.line, .found.file.display(), .found.kind, .directory.display()
    )]
    Broken {
        /// The log's directory.
        directory: PathBuf,
        /// Where, and what is wrong there.
        found: Break,
    },
    /// The background thread cannot start.
    #[error("cannot start the audit log's thread")]
    Thread(#[source] io::Error),
    /// The log could be opened but not written.
    #[error(transparent)]
    Append(#[from] AuditError),
}

impl OpenError {
    fn broken(directory: &Path, found: Break) -> OpenError {
        OpenError::Broken {
            directory: directory.to_owned(),
            found,
        }
    }
}
