//! What can go wrong between a program and its server.

use std::io;

/// A call or a connection did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting that cannot be used.
    #[error("{0}")]
    Setting(String),
    /// The server cannot be reached.
    #[error("{url} cannot be reached: {cause}")]
    Unreachable {
        /// Where it should be.
        url: String,
        /// Why not.
        cause: String,
    },
    /// The server refused.
    #[error("{code}: {message}")]
    Refused {
        /// Such as `AccessDeniedException`.
        code: String,
        /// Its sentence.
        message: String,
    },
    /// The server does not open a WebSocket.
    #[error("{url} answered HTTP status {status} instead of opening a channel")]
    Upgrade {
        /// Where it was asked.
        url: String,
        /// Such as 403.
        status: u16,
    },
    /// What came back is not an answer.
    #[error("the server's answer makes no sense: {0}")]
    Answer(String),
    /// The system refused something.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Error {
    /// Whether the server refused with this code.
    pub fn has_code(&self, wanted: &str) -> bool {
        matches!(self, Error::Refused { code, .. } if code == wanted)
    }
}
