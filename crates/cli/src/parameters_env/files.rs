//! Values as files, for programs that want a path: in memory, for this user only, as long as the command.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use kagiban_aws::SecretString;
use tempfile::TempDir;

use crate::failure::Failure;
use crate::platform::files;

/// A directory in memory, removed with this. What a process leaves that was killed, the next one removes.
#[derive(Debug)]
pub(crate) struct Directory {
    own: TempDir,
    /// Locked as long as somebody minds the directory.
    _minded: File,
}

/// What is locked in each directory.
const LOCK: &str = ".lock";

/// The value of a file, by its variable.
pub(super) type Value<'a> = (&'a str, &'a SecretString);

impl Directory {
    /// Makes one that only this user can enter.
    ///
    /// # Errors
    ///
    /// If there is no memory to keep files in, or it cannot be written to.
    pub(crate) fn new() -> Result<Directory, Failure> {
        let place = files::in_memory().into_iter().next().ok_or_else(|| {
            let text = "there is no place in memory for files; on Linux, that is a tmpfs, XDG_RUNTIME_DIR or /dev/shm";
            Failure::Setting(text.to_owned())
        })?;
        sweep(&place);
        Directory::make(&place).map_err(|error| unusable(&place, &error))
    }

    fn make(place: &Path) -> io::Result<Directory> {
        let own = files::make_private_in(place)?;
        let unseen = own.path().join(".lock.new");
        let minded = files::create_private(&unseen)?;
        minded.lock()?;
        // From here on it can be seen, and is locked already.
        fs::rename(&unseen, own.path().join(LOCK))?;
        Ok(Directory { own, _minded: minded })
    }

    /// Where the value of a variable lies.
    pub(super) fn path(&self, variable: &str) -> PathBuf {
        self.own.path().join(variable)
    }

    /// Writes values into the files of their variables, in the place of older ones: none before there is
    /// room for all.
    ///
    /// # Errors
    ///
    /// If one cannot be written; nothing is left then that a later write would stumble over.
    pub(super) fn write(&self, values: &[Value<'_>]) -> Result<(), Failure> {
        let written = self.replace(values);
        if written.is_err() {
            for (variable, _) in values {
                let _ = fs::remove_file(self.new_path(variable));
            }
        }
        written
    }

    fn replace(&self, values: &[Value<'_>]) -> Result<(), Failure> {
        for (variable, value) in values {
            let new = self.new_path(variable);
            create(&new, value).map_err(|error| unusable(&new, &error))?;
        }
        for (variable, _) in values {
            let path = self.path(variable);
            // As a whole: who reads meanwhile gets the one or the other.
            fs::rename(self.new_path(variable), &path).map_err(|error| unusable(&path, &error))?;
        }
        Ok(())
    }

    /// No variable has a dot in its name.
    fn new_path(&self, variable: &str) -> PathBuf {
        self.path(variable).with_extension("new")
    }
}

/// Removes the directories of this user that nobody minds any more. One that cannot be removed is another's.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let is_one = entry
            .file_name()
            .to_string_lossy()
            .starts_with(files::PRIVATE_PREFIX);
        let lock = entry.path().join(LOCK);
        let is_own = || {
            fs::symlink_metadata(&lock).is_ok_and(|lock| lock.is_file() && files::stranger(&lock).is_none())
        };
        if is_one && is_own() && File::open(&lock).is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Makes a file for this user only; what lies there, unfinished, goes.
fn create(path: &Path, value: &SecretString) -> io::Result<()> {
    let _ = fs::remove_file(path);
    files::create_private(path)?.write_all(value.expose().as_bytes())
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::Setting(format!("{} cannot be written: {error}", path.display()))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    fn read(directory: &Directory, variable: &str) -> String {
        fs::read_to_string(directory.path(variable)).unwrap()
    }

    #[test]
    fn a_write_that_fails_changes_nothing_and_stands_in_the_way_of_none() {
        let directory = Directory::new().unwrap();
        let (old, new) = (
            SecretString::from("old".to_owned()),
            SecretString::from("new".to_owned()),
        );
        directory.write(&[("A", &old), ("B", &old)]).unwrap();
        // In the place of B's unfinished file there is what no file can replace.
        let obstacle = directory.path("B.new");
        fs::create_dir(&obstacle).unwrap();
        for _ in 0..2 {
            let refused = directory.write(&[("A", &new), ("B", &new)]).unwrap_err();
            assert!(
                refused.to_string().contains("B.new cannot be written"),
                "{refused}"
            );
            assert_eq!(
                (read(&directory, "A"), read(&directory, "B")),
                ("old".to_owned(), "old".to_owned())
            );
            assert!(!directory.path("A.new").exists());
        }
        fs::remove_dir(&obstacle).unwrap();
        // One that was left unfinished is no obstacle.
        fs::write(&obstacle, "unfinished").unwrap();
        directory.write(&[("A", &new), ("B", &new)]).unwrap();
        assert_eq!(
            (read(&directory, "A"), read(&directory, "B")),
            ("new".to_owned(), "new".to_owned())
        );
        assert!(!obstacle.exists());
    }
}
