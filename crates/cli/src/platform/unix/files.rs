//! Files that are their owner's alone, and where they lie.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};
use std::{env, io};

use tempfile::TempDir;

/// What to name where there is no place for keys.
pub(crate) const HOME: &str = "HOME";

/// Where Linux keeps files in memory, besides a login's own directory.
const SHARED_MEMORY: &str = "/dev/shm";

/// What the names of directories for one process begin with.
pub(crate) const PRIVATE_PREFIX: &str = "kagiban-";

/// The directory of what programs keep for this user; none without a home.
pub(crate) fn data() -> Option<PathBuf> {
    let home = env::home_dir().filter(|home| home.is_absolute());
    home.map(|home| home.join(".local/share"))
}

/// A directory for what is temporary, which no other user can have made before.
pub(crate) fn temporary() -> PathBuf {
    env::temp_dir().join(format!("kagiban-{}", user()))
}

/// Directories whose files are in memory only.
pub(crate) fn in_memory() -> Vec<PathBuf> {
    let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let places = runtime.into_iter().chain([PathBuf::from(SHARED_MEMORY)]);
    places.filter(|place| is_in_memory(place)).collect()
}

/// Whether what is written there reaches no disk; swap is the system's own matter.
#[cfg(target_os = "linux")]
fn is_in_memory(place: &Path) -> bool {
    use rustix::fs::FsWord;

    const TMPFS: FsWord = 0x0102_1994;
    const RAMFS: FsWord = 0x8584_58f6;
    let kind = rustix::fs::statfs(place).map(|found| found.f_type);
    place.is_absolute() && place.is_dir() && kind.is_ok_and(|kind| [TMPFS, RAMFS].contains(&kind))
}

/// No other system says it of a directory.
#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &Path) -> bool {
    false
}

/// Makes a directory, and those above it, that only its owner can look into.
pub(crate) fn make_private(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// The same below a place, under a name of its own, for as long as this is kept.
pub(crate) fn make_private_in(place: &Path) -> io::Result<TempDir> {
    let mode = fs::Permissions::from_mode(0o700);
    tempfile::Builder::new()
        .prefix(PRIVATE_PREFIX)
        .permissions(mode)
        .tempdir_in(place)
}

/// Makes a file that only its owner can read.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Lets a file be opened without waiting for whoever is at the other end of a pipe.
pub(crate) fn at_once(options: &mut OpenOptions) {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    options.custom_flags(flags.bits().cast_signed());
}

/// Whether it is read to its end like a file, which a pipe, a socket and a disk are not.
pub(crate) fn is_readable(metadata: &Metadata) -> bool {
    let kind = metadata.file_type();
    kind.is_file() || kind.is_dir() || kind.is_char_device()
}

/// Standard input without std's buffer: no copy of a secret stays in it, and what is not read is left for
/// whoever reads next.
///
/// # Errors
///
/// If the process can have no more files open.
pub(crate) fn unbuffered_input() -> io::Result<File> {
    use std::os::fd::AsFd as _;

    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

/// Who owns it and who this is, if those are two.
pub(crate) fn stranger(metadata: &Metadata) -> Option<(u32, u32)> {
    let (owner, user) = (metadata.uid(), user());
    (owner != user).then_some((owner, user))
}

/// Whether users other than its owner may read it or write to it.
pub(crate) fn is_open_to_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

/// The user that this process acts as.
pub(crate) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_from_disks() {
        assert!(is_in_memory(Path::new(SHARED_MEMORY)));
        assert!(!is_in_memory(Path::new("/proc")) && !is_in_memory(Path::new("/nowhere")));
        assert!(!is_in_memory(Path::new("dev/shm")), "wherever that is");
    }
}
