//! This program's own directories, and what to say when one cannot be used.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::{env, io};

use crate::failure::Failure;

/// Where keys are kept unless another place is named: `$XDG_DATA_HOME/kagiban`.
///
/// # Errors
///
/// If the user has no home.
pub(crate) fn data() -> Result<PathBuf, Failure> {
    if let Some(data) = env::var_os("XDG_DATA_HOME").filter(|path| Path::new(path).is_absolute()) {
        return Ok(PathBuf::from(data).join("kagiban"));
    }
    let home = env::home_dir().filter(|home| home.is_absolute());
    home.map(|home| home.join(".local/share/kagiban")).ok_or_else(|| {
        let text = "there is no home directory to keep keys in; set HOME, or name a directory by --file-dir";
        Failure::Setting(text.to_owned())
    })
}

/// Where locks lie: of this login if it has such a place, else in the directory for what is temporary.
pub(crate) fn runtime() -> PathBuf {
    match env::var_os("XDG_RUNTIME_DIR").filter(|path| Path::new(path).is_dir()) {
        Some(runtime) => PathBuf::from(runtime).join("kagiban"),
        None => env::temp_dir().join(format!("kagiban-{}", user())),
    }
}

/// Makes a directory that only its owner can look into.
pub(crate) fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Refuses what another user owns: whoever owns it could put anything there.
#[cfg(unix)]
pub(crate) fn is_ours(path: &Path, metadata: &Metadata) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt as _;

    let (owner, user) = (metadata.uid(), user());
    if owner == user {
        return Ok(());
    }
    Err(Failure::Setting(format!(
        "{} belongs to user {owner} and this is user {user}; HOME may be another's, as with sudo -E",
        path.display()
    )))
}

#[cfg(not(unix))]
pub(crate) fn is_ours(_: &Path, _: &Metadata) -> Result<(), Failure> {
    Ok(())
}

#[cfg(unix)]
pub(crate) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
pub(crate) fn user() -> u32 {
    0
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
