//! One process at a time where a person is asked: the others wait, and find what it has got.
//!
//! The lock is the file's, so that it ends with its holder, however that ends.

use std::fs::File;

use crate::place;

/// Held until it is dropped.
pub(crate) struct Lock {
    _file: File,
}

/// Waits for the lock of this name. Where no lock can be kept (a disk that cannot be written), there is
/// none, since asking twice is better than not at all.
pub(crate) fn hold(name: &str) -> Option<Lock> {
    let directory = place::runtime();
    place::make_private(&directory).ok()?;
    let metadata = std::fs::symlink_metadata(&directory).ok()?;
    place::is_ours(&directory, &metadata).ok()?;
    let path = directory.join(format!("{name}.lock"));
    let file = place::locked(&path).ok()?;
    Some(Lock { _file: file })
}
