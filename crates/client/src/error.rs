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
        /// What a Kagiban server has its decision under, for who may ask why.
        decision: Option<String>,
    },
    /// The server does not open a WebSocket.
    #[error("{}", refused_upgrade(url, *status, why.as_deref()))]
    Upgrade {
        /// Where it was asked.
        url: String,
        /// Such as 403.
        status: u16,
        /// The server's sentence, if it has said one.
        why: Option<String>,
    },
    /// What came back is not an answer.
    #[error("the server's answer makes no sense: {0}")]
    Answer(String),
    /// The system refused something.
    #[error(transparent)]
    System(#[from] io::Error),
}

fn refused_upgrade(url: &str, status: u16, why: Option<&str>) -> String {
    match (status, why) {
        (403, Some(why)) => format!("AccessDenied: {why}"),
        (403, None) => format!(
            "AccessDenied: {url} does not open; a session takes ssmmessages:OpenDataChannel on \
             arn:aws:ssm:REGION:ACCOUNT:session/ID, since the request is signed"
        ),
        (_, Some(why)) => format!("{url} answered HTTP status {status} instead of opening a channel: {why}"),
        (_, None) => format!("{url} answered HTTP status {status} instead of opening a channel"),
    }
}

impl Error {
    /// Whether the server refused with this code.
    pub fn has_code(&self, wanted: &str) -> bool {
        matches!(self, Error::Refused { code, .. } if code == wanted)
    }
}
