//! This program's own directories, and what to say when one cannot be used.

use std::env;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::platform::files;

pub(crate) use files::make_private;

/// Where keys are kept unless another place is named: `$XDG_DATA_HOME/kagiban`, or where the system keeps
/// such things.
///
/// # Errors
///
/// If the user has no home.
pub(crate) fn data() -> Result<PathBuf, Failure> {
    let named = env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let data = named.filter(|path| path.is_absolute()).or_else(files::data);
    data.map(|data| data.join("kagiban")).ok_or_else(|| {
        Failure::Setting(format!(
            "there is no home directory to keep keys in; set {}, or name a directory by --file-dir",
            files::HOME
        ))
    })
}

/// Where locks lie: of this login if it has such a place, else in the directory for what is temporary.
pub(crate) fn runtime() -> PathBuf {
    match env::var_os("XDG_RUNTIME_DIR").filter(|path| Path::new(path).is_dir()) {
        Some(runtime) => PathBuf::from(runtime).join("kagiban"),
        None => files::temporary(),
    }
}

/// Opens a file for reading, without waiting for whoever would write into a pipe.
///
/// # Errors
///
/// If it cannot be opened, or is a pipe, a socket or a disk; `/dev/null` is an empty file to many.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    files::at_once(&mut options);
    let file = options.open(path)?;
    match files::is_readable(&file.metadata()?) {
        true => Ok(file),
        false => Err(io::Error::other(NO_FILE)),
    }
}

/// A file that is locked, made if need be; whoever else wants it waits.
///
/// # Errors
///
/// If it cannot be made, or is something else than a file.
pub(crate) fn locked(path: &Path) -> io::Result<File> {
    let file = lockable(path)?;
    file.lock()?;
    Ok(file)
}

/// A file that can be locked, made if need be.
///
/// # Errors
///
/// If it cannot be made, or is something else than a file.
pub(crate) fn lockable(path: &Path) -> io::Result<File> {
    may_replace(path)?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    files::at_once(&mut options);
    options.open(path)
}

/// Refuses to replace what is there and is no file: a device would be gone for the whole system.
///
/// # Errors
///
/// If it is none, or cannot be looked at.
pub(crate) fn may_replace(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(_) => Err(io::Error::other(NO_FILE)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

const NO_FILE: &str = "it is no regular file";

/// Refuses what another user owns: whoever owns it could put anything there.
pub(crate) fn is_ours(path: &Path, metadata: &Metadata) -> Result<(), Failure> {
    let Some((owner, user)) = files::stranger(metadata) else {
        return Ok(());
    };
    Err(Failure::Setting(format!(
        "{} belongs to user {owner} and this is user {user}; HOME may be another's, as with sudo -E",
        path.display()
    )))
}

/// What a person is told about a directory that cannot be used.
pub(crate) fn unusable(directory: &Path, error: &io::Error) -> Failure {
    use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};

    let why = match error.kind() {
        StorageFull | QuotaExceeded => "the disk is full; nothing was changed".to_owned(),
        ReadOnlyFilesystem => "it cannot be written to; name another directory by --file-dir".to_owned(),
        PermissionDenied => "permission is denied; HOME may be another user's".to_owned(),
        _ => error.to_string(),
    };
    Failure::Setting(format!("{} cannot be used: {why}", directory.display()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_neither_waited_for_nor_replaced() {
        let home = tempfile::tempdir().unwrap();
        let (pipe, link) = (home.path().join("pipe"), home.path().join("link"));
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        for path in [&pipe, &link] {
            for refused in [open(path).map(drop), locked(path).map(drop), may_replace(path)] {
                assert_eq!(refused.unwrap_err().to_string(), NO_FILE);
            }
        }
        assert!(may_replace(home.path()).is_err(), "nor a directory");
        let new = home.path().join("new");
        may_replace(&new).unwrap();
        drop(locked(&new).unwrap());
        may_replace(&new).unwrap();
        assert_eq!(open(&new).unwrap().metadata().unwrap().len(), 0);
    }
}
