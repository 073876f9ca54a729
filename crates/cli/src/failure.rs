//! What can go wrong, and what a person is told: the cause, then a hint.

use std::io;
use std::process::ExitCode;

/// A command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// No credentials, or none that can be used.
    #[error("{0}")]
    Credentials(String),
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
    /// What came back is not an answer.
    #[error("the server's answer makes no sense: {0}")]
    Answer(String),
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

/// What was asked about does not exist.
const NOT_FOUND: u8 = 3;
/// The arguments are wrong, as for clap's own refusals.
const USAGE: u8 = 2;
/// The server's codes for arguments that are wrong.
const INVALID: [&str; 2] = ["InvalidInputException", "ValidationException"];
/// Everything else.
const FAILED: u8 = 4;

impl Failure {
    /// Says it on standard error. A reader who has gone away is no failure to speak of.
    pub(crate) fn report(&self) -> ExitCode {
        if matches!(self, Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            return ExitCode::SUCCESS;
        }
        eprintln!("kagiban: {self}");
        if let Some(hint) = self.hint() {
            eprintln!("hint: {hint}");
        }
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        match self {
            Failure::Refused { code, .. } if code.ends_with("NotFoundException") => NOT_FOUND,
            Failure::Refused { code, .. } if INVALID.contains(&code.as_str()) => USAGE,
            _ => FAILED,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Failure::Unreachable { .. } => Some(
                "set --endpoint-url or AWS_ENDPOINT_URL; for a private certificate authority, AWS_CA_BUNDLE",
            ),
            Failure::Refused { code, .. } => match code.as_str() {
                "UnknownOperationException" => Some("this endpoint is no Kagiban server, or an older one"),
                "AccessDeniedException" => Some("an administrator can allow it"),
                _ => None,
            },
            Failure::Credentials(_) => {
                Some("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE")
            }
            Failure::Setting(_) | Failure::Answer(_) | Failure::Output(_) => None,
        }
    }
}
