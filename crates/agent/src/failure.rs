//! What can go wrong, and what a person is told: the cause, then a hint.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use kagiban_client::readable;

/// The agent could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Arguments that cannot be used.
    #[error("{0}")]
    Usage(String),
    /// The data directory is not as it should be.
    #[error("{0}")]
    Data(String),
    /// A file cannot be read or written.
    #[error("{path}: {cause}")]
    File {
        /// Which.
        path: String,
        /// Why.
        cause: io::Error,
    },
    /// A session cannot be what was asked for.
    #[error("{0}")]
    Session(String),
    /// The server cannot be reached, or refuses.
    #[error(transparent)]
    Server(#[from] kagiban_client::Error),
    /// The system refuses something.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Failure {
    /// A file's failure.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Failure {
        let path = path.display().to_string();
        |cause| Failure::File { path, cause }
    }

    /// Says it on standard error.
    pub(crate) fn report(&self) -> ExitCode {
        say(&self.to_string());
        if let Some(hint) = self.hint() {
            eprintln!("hint: {hint}");
        }
        match self {
            Failure::Usage(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }

    /// What a person can do about it.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        use kagiban_client::Error;

        match self {
            Failure::Server(Error::Unreachable { .. }) => Some(
                "check the address, the firewall towards it, and HTTPS_PROXY; for a private certificate authority give --ca-bundle",
            ),
            Failure::Server(Error::Refused { code, .. }) => refusal_hint(code),
            Failure::File { cause, .. } if cause.kind() == io::ErrorKind::PermissionDenied => {
                Some("run it as the user who owns the data directory, or give a --data of your own")
            }
            _ => None,
        }
    }
}

/// Says something on standard error, which may be a terminal; some of it may be others' words.
pub(crate) fn say(text: &str) {
    eprintln!("kagiban-agent: {}", readable(text));
}

fn refusal_hint(code: &str) -> Option<&'static str> {
    match code {
        "InvalidActivation" | "InvalidActivationId" => {
            Some("if it is gone, an administrator makes a new one: aws ssm create-activation")
        }
        "MachineFingerprintDoesNotMatch" | "InvalidInstanceId" | "AccessDeniedException" => {
            Some("if the node was deregistered, register this machine again with --force")
        }
        "RequestExpired" | "InvalidSignatureException" | "RequestTimeTooSkewed" => {
            Some("compare this machine's clock with the server's")
        }
        "UnknownOperationException" => Some("this endpoint is no Kagiban server, or an older one"),
        _ => None,
    }
}
