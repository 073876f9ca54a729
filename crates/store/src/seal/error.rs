//! Why the store was not unsealed.

use std::io;
use std::path::PathBuf;

use crate::Error;

/// Why the store was not unsealed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key file is not there, but the store was sealed with one.
    #[error(
        "the key file `{0}` is missing, and without it the store cannot be read; put the file back from your copy of it"
    )]
    KeyFileMissing(PathBuf),
    /// Others may read the key file.
    #[error("the key file `{path}` has mode {mode:04o}, so others may read it; run `chmod 600 {path}`")]
    KeyFileMode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file has a wrong size.
    #[error("the key file `{path}` has {bytes} bytes instead of 32; put the right file back")]
    KeyFileSize {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// The key file cannot be read or made.
    #[error("cannot use the key file `{path}`")]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The store was sealed in another way.
    #[error("the store is sealed by `{found}`, not by `{configured}`; configure the seal it was made with")]
    OtherKind {
        /// How it is sealed.
        found: String,
        /// How this server was told to unseal it.
        configured: &'static str,
    },
    /// The key or passphrase is not the one that sealed the store.
    #[error(
        "the {0} does not open this store; it is not the one that sealed it, or the store's own record of its seal is damaged"
    )]
    WrongKey(&'static str),
    /// The seal's record cannot be read.
    #[error("the seal is damaged: {0}; restore the newest backup into an empty directory")]
    Damaged(&'static str),
    /// The store itself failed.
    #[error(transparent)]
    Store(#[from] Error),
}
