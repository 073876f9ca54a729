//! Descriptors that the runtime waits for.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::unix::AsyncFd;

/// Has the runtime tell when a descriptor can be read or written.
///
/// # Errors
///
/// If the system cannot wait for it.
pub(crate) fn watched(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    #[expect(
        deprecated,
        reason = "what it was deprecated for, types that lie about their descriptor, cannot be with `OwnedFd`; the successor is `unsafe`, which is forbidden here"
    )]
    AsyncFd::new(descriptor)
}
