//! Opening the file: the lock first, then every checksum, then the promise to clients.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use redb::{Builder, Database, DatabaseError, StorageError};

use super::guard::Guard;
use super::leases::Leases;
use super::tables::Tables;
use crate::{Epoch, Error, Rev};

/// The database's name in its directory.
pub(super) const FILE: &str = "store.redb";

/// Pages that redb keeps; requests are answered from [`Memory`](crate::Memory), so few are hot.
const CACHE_BYTES: usize = 16 << 20;

/// Why a store was not opened.
///
/// Nobody's acknowledged write was changed: at most redb has gone back, as it does after a power cut,
/// from a newest commit whose checksums do not fit to the one before it, and that is refused as
/// [`OpenError::LostWrites`] if the newest had been acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or a file cannot be made or read.
    #[error("cannot use `{path}`: {source}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process has it.
    #[error("`{0}` is in use by another process; stop that one first")]
    InUse(PathBuf),
    /// A checksum does not fit, or a row cannot be read.
    #[error(
        "`{path}` is damaged: {why}; keep a copy of it, and restore the newest backup into an empty directory"
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What is wrong, in the engine's words.
        why: String,
    },
    /// Clients were told of revisions that the file no longer has.
    #[error(
        "`{path}` ends at revision {found}, but revision {acknowledged} was acknowledged: the newest writes are damaged, or \
         an older copy was put in place; restore the newest backup, or remove `store.lock` beside it to accept the loss"
    )]
    LostWrites {
        /// The database file.
        path: PathBuf,
        /// The newest revision in the file.
        found: Rev,
        /// The newest revision that clients were told of.
        acknowledged: Rev,
    },
    /// The writer thread could not be started.
    #[error("cannot start the store's writer thread: {0}")]
    Thread(#[source] io::Error),
}

pub(super) struct Opened {
    pub(super) db: Database,
    pub(super) guard: Guard,
    pub(super) epoch: Epoch,
    pub(super) rev: Rev,
    pub(super) leases: Leases,
}

pub(super) fn open(dir: &Path) -> Result<Opened, OpenError> {
    let (path, lock) = (dir.join(FILE), dir.join("store.lock"));
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::Io { path, source }
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(at(dir))?;
    let guard = Guard::take(&lock)
        .map_err(at(&lock))?
        .ok_or_else(|| OpenError::InUse(dir.to_owned()))?;
    let acknowledged = guard.acknowledged().map_err(at(&lock))?;
    create_private(&path).map_err(at(&path))?;
    // A new file is not durable before its directory is.
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(at(dir))?;

    let db = verified(&path)?;
    let damaged = |error: Error| OpenError::Damaged {
        path: path.clone(),
        why: describe(&error),
    };
    let (epoch, rev, leases) = prepare(&db).map_err(damaged)?;
    if rev < acknowledged {
        return Err(OpenError::LostWrites {
            path,
            found: rev,
            acknowledged,
        });
    }
    Ok(Opened {
        db,
        guard,
        epoch,
        rev,
        leases,
    })
}

/// redb would make the file readable by all.
fn create_private(path: &Path) -> io::Result<()> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map(drop)
}

/// Opens the file and verifies the checksum of every page in use.
fn verified(path: &Path) -> Result<Database, OpenError> {
    let mut builder = Builder::new();
    builder
        .set_cache_size(CACHE_BYTES)
        .set_check_integrity_on_open(true);
    // redb may panic on a file that it never wrote like that; nothing outlives the attempt.
    let opened = catch_unwind(AssertUnwindSafe(|| builder.create(path)));
    let path = path.to_owned();
    match opened {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(DatabaseError::DatabaseAlreadyOpen)) => Err(OpenError::InUse(path)),
        // A damaged header reads as a foreign file, which redb reports as an I/O error of this kind.
        Ok(Err(DatabaseError::Storage(StorageError::Io(source))))
            if source.kind() != io::ErrorKind::InvalidData =>
        {
            Err(OpenError::Io { path, source })
        }
        Ok(Err(error)) => Err(OpenError::Damaged {
            path,
            why: error.to_string(),
        }),
        Err(_) => Err(OpenError::Damaged {
            path,
            why: "its structure makes no sense".to_owned(),
        }),
    }
}

/// Makes the tables of a new store, or reads what the engine keeps in memory from those of an old one.
fn prepare(db: &Database) -> Result<(Epoch, Rev, Leases), Error> {
    let txn = db.begin_write().map_err(Error::other)?;
    let mut tables = Tables::open(&txn).map_err(Error::other)?;
    let new = tables.is_new()?;
    if new {
        tables.initialise()?;
    }
    let found = (tables.epoch()?, tables.rev()?, Leases::load(&tables)?);
    drop(tables);
    if new {
        txn.commit().map_err(Error::other)?;
    } else {
        txn.abort().map_err(Error::other)?;
    }
    Ok(found)
}

pub(super) fn describe(error: &Error) -> String {
    match error {
        Error::Other(source) => source.to_string(),
        error => error.to_string(),
    }
}
