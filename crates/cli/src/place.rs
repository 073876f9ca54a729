//! This program's own directories, and what to say when one cannot be used.

use std::env;
use std::fs::Metadata;
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
