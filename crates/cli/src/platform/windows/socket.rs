//! Sockets in the file system: Windows has them, and the runtime that this program waits with does not.

use std::io;
use std::path::Path;

use tokio::io::{Empty, Sink};

/// One that is listened on, of which there are none.
pub(crate) enum Socket {}

impl Socket {
    /// # Errors
    ///
    /// Always.
    pub(crate) fn bind(_: &Path) -> io::Result<Socket> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "sockets in the file system are not taken on Windows; name a port",
        ))
    }

    pub(crate) fn path(&self) -> &Path {
        match *self {}
    }

    #[expect(
        clippy::unused_async,
        reason = "where there are sockets, connections are waited for"
    )]
    pub(crate) async fn accept(&self) -> io::Result<(Empty, Sink)> {
        match *self {}
    }
}
