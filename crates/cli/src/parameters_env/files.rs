//! Values as files, for programs that want a path: in memory, for this user only, as long as the command.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use kagiban_aws::SecretString;
use tempfile::TempDir;

use crate::failure::Failure;

/// A directory in memory, removed with this. A process that is killed leaves it until the power goes.
#[derive(Debug)]
pub(crate) struct Directory(TempDir);

/// Where Linux keeps files in memory, besides a login's own directory.
const SHARED_MEMORY: &str = "/dev/shm";

impl Directory {
    /// Makes one that only this user can enter.
    ///
    /// # Errors
    ///
    /// If there is no memory to keep files in, or it cannot be written to.
    pub(crate) fn new() -> Result<Directory, Failure> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let places = runtime.into_iter().chain([PathBuf::from(SHARED_MEMORY)]);
        let place = places.into_iter().find(|place| place.is_dir()).ok_or_else(|| {
            let text =
                format!("there is no place in memory for files: neither XDG_RUNTIME_DIR nor {SHARED_MEMORY}");
            Failure::Setting(text)
        })?;
        let mut builder = tempfile::Builder::new();
        builder.prefix("kagiban-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let made = builder.tempdir_in(&place);
        Ok(Directory(made.map_err(|error| unusable(&place, &error))?))
    }

    /// Writes a value into the file of its variable, in the place of an older one, and returns its path.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(super) fn write(&self, variable: &str, value: &SecretString) -> Result<PathBuf, Failure> {
        let path = self.0.path().join(variable);
        let new = path.with_extension("new");
        let written = || -> io::Result<()> {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(&new)?.write_all(value.expose().as_bytes())?;
            // As a whole: who reads meanwhile gets the one or the other.
            fs::rename(&new, &path)
        };
        written().map_err(|error| unusable(&path, &error))?;
        Ok(path)
    }
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::Setting(format!("{} cannot be written: {error}", path.display()))
}
