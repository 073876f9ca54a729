//! Values as files, for programs that want a path: in memory, for this user only, as long as the command.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use kagiban_aws::SecretString;
use tempfile::TempDir;

use crate::failure::Failure;
use crate::platform::files;

/// A directory in memory, removed with this. A process that is killed leaves it until the power goes.
#[derive(Debug)]
pub(crate) struct Directory(TempDir);

impl Directory {
    /// Makes one that only this user can enter.
    ///
    /// # Errors
    ///
    /// If there is no memory to keep files in, or it cannot be written to.
    pub(crate) fn new() -> Result<Directory, Failure> {
        let mut places = files::in_memory().into_iter();
        let place = places.find(|place| place.is_dir()).ok_or_else(|| {
            let text = "there is no place in memory for files; on Linux, that is XDG_RUNTIME_DIR or /dev/shm";
            Failure::Setting(text.to_owned())
        })?;
        let made = files::make_private_in(&place);
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
            files::create_private(&new)?.write_all(value.expose().as_bytes())?;
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
