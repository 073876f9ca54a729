//! What tells a session's directory from its copies: where it lies, and since which start of the machine.
//!
//! A copy of a disk or of a data directory holds the sessions of the machine that it was taken from, and they
//! may be alive there. Nobody but who had them himself can know that they are over.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Linux makes a new one at each start.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// Where something was made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Origin {
    boot: String,
    device: u64,
    inode: u64,
}

impl Origin {
    /// Of a directory that is there.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub(crate) fn of(directory: &Path) -> Result<Origin, Failure> {
        let metadata = fs::metadata(directory).map_err(Failure::file(directory))?;
        // Where there is none, such as in some sandboxes, the place alone counts.
        let boot = fs::read_to_string(BOOT).unwrap_or_default();
        Ok(Origin {
            boot: boot.trim().to_owned(),
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_itself_and_not_its_copy() {
        let one = tempfile::tempdir().unwrap();
        let copy = tempfile::tempdir().unwrap();
        let origin = Origin::of(one.path()).unwrap();
        assert_eq!(origin, Origin::of(one.path()).unwrap());
        assert_ne!(origin, Origin::of(copy.path()).unwrap());
        let restarted = Origin {
            boot: "another".to_owned(),
            ..origin.clone()
        };
        assert_ne!(origin, restarted);
        assert!(Origin::of(&one.path().join("gone")).is_err());
    }
}
