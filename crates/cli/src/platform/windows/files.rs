//! Files that are their owner's alone, and where they lie.
//!
//! What lies below a user's profile is that user's, the system's and the administrators' by inheritance,
//! so nothing is set here.

use std::fs::{self, File, Metadata, OpenOptions};
use std::path::{Path, PathBuf};
use std::{env, io};

use tempfile::TempDir;

/// What to name where there is no place for keys.
pub(crate) const HOME: &str = "LOCALAPPDATA";

/// What the names of directories for one process begin with.
pub(crate) const PRIVATE_PREFIX: &str = "kagiban-";

/// The directory of what programs keep for this user on this machine; none without a profile.
pub(crate) fn data() -> Option<PathBuf> {
    let local = env::var_os("LOCALAPPDATA").map(PathBuf::from);
    local.filter(|local| local.is_absolute())
}

/// A directory for what is temporary; the system's is the user's own.
pub(crate) fn temporary() -> PathBuf {
    env::temp_dir().join("kagiban")
}

/// Directories whose files are in memory only: there are none.
pub(crate) fn in_memory() -> Vec<PathBuf> {
    Vec::new()
}

/// Makes a directory, and those above it.
pub(crate) fn make_private(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

/// The same below a place, under a name of its own, for as long as this is kept.
pub(crate) fn make_private_in(place: &Path) -> io::Result<TempDir> {
    tempfile::Builder::new().prefix(PRIVATE_PREFIX).tempdir_in(place)
}

/// Makes a file.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Nothing that has a path here is waited for.
pub(crate) fn at_once(_: &mut OpenOptions) {}

/// Whether it is read to its end like a file.
pub(crate) fn is_readable(_: &Metadata) -> bool {
    true
}

/// Standard input without std's buffer: no copy of a secret stays in it, and what is not read is left for
/// whoever reads next.
///
/// # Errors
///
/// If the process can have no more files open.
pub(crate) fn unbuffered_input() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;

    Ok(io::stdin().as_handle().try_clone_to_owned()?.into())
}

/// Who owns it and who this is, if those are two; that is not asked here.
pub(crate) fn stranger(_: &Metadata) -> Option<(u32, u32)> {
    None
}

/// Whether users other than its owner may read it; a list of access rights is not read here.
pub(crate) fn is_open_to_others(_: &Path) -> bool {
    false
}
