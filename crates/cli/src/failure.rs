//! What can go wrong, and what a person is told: the cause, then a hint.

use std::borrow::Cow;
use std::io;
use std::process::ExitCode;

use crate::style::{readable, safe};

/// A command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// No credentials, or none that can be used.
    #[error("{0}")]
    Credentials(String),
    /// No profile was named, and there are no credentials anywhere else.
    #[error("there are no credentials")]
    NoCredentials,
    /// A setting that cannot be used.
    #[error("{0}")]
    Setting(String),
    /// Arguments or input that cannot be used.
    #[error("{0}")]
    Usage(String),
    /// What was named is not there.
    #[error("{0}")]
    Missing(String),
    /// It would overwrite or lose something.
    #[error("{0}")]
    Conflict(String),
    /// Parameters whose references cannot be resolved.
    #[error("these could not be resolved, so that nothing is done: {0}")]
    Unresolved(String),
    /// What was looked at is not as it was.
    #[error("{0}")]
    Changed(String),
    /// A person has to say yes, and none is there.
    #[error("{0}")]
    Unconfirmed(String),
    /// A person has to answer, and none can be asked.
    #[error("{0}")]
    Human(String),
    /// A person has said no.
    #[error("nothing was done")]
    Declined,
    /// The server cannot be reached.
    #[error("{url} cannot be reached: {cause}")]
    Unreachable {
        /// Where it should be.
        url: String,
        /// Why not.
        cause: String,
    },
    /// Where a session's data channel should be, nobody can be reached.
    #[error("the session's stream {url} cannot be reached: {cause}")]
    NoStream {
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
        /// The request whose decision a Kagiban server can explain.
        decision: Option<String>,
    },
    /// Another failure, with what to do about it where it happened.
    #[error("{0}")]
    Advised(Box<Failure>, Cow<'static, str>),
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
/// The server's codes for what somebody may not.
const DENIED: [&str; 2] = ["AccessDenied", "AccessDeniedException"];
/// The server's codes for arguments that are wrong.
const INVALID: [&str; 2] = ["InvalidInputException", "ValidationException"];
/// Everything else.
const FAILED: u8 = 4;
/// Only a person can go on.
const UNCONFIRMED: u8 = 5;
/// The exit codes of the commands that keep to these alone, for their help.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  2  the arguments or the input are wrong
  3  no such parameter, version, label or node
  4  anything else went wrong
  5  a person has to say yes: run it on a terminal, or with --yes
";

impl From<kagiban_client::Error> for Failure {
    fn from(error: kagiban_client::Error) -> Failure {
        use kagiban_client::Error;

        match error {
            Error::Setting(text) => Failure::Setting(text),
            Error::Unreachable { url, cause } => Failure::Unreachable { url, cause },
            Error::Refused {
                code,
                message,
                decision,
            } => Failure::Refused {
                code,
                message,
                decision,
            },
            Error::Answer(text) => Failure::Answer(text),
            denied @ Error::Upgrade { status: 403, .. } => Failure::Refused {
                code: "AccessDeniedException".to_owned(),
                message: denied.to_string().trim_start_matches("AccessDenied: ").to_owned(),
                decision: None,
            },
            refused @ Error::Upgrade { .. } => Failure::Answer(refused.to_string()),
            Error::System(error) => Failure::Setting(error.to_string()),
        }
    }
}

impl Failure {
    /// Says it on standard error. A reader who has gone away is no failure to speak of.
    pub(crate) fn report(&self) -> ExitCode {
        if matches!(self, Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            return ExitCode::SUCCESS;
        }
        eprintln!("kagiban: {}", readable(&self.to_string()));
        if let Some(hint) = self.hint() {
            eprintln!("hint: {hint}");
        }
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        match self {
            Failure::Refused { code, .. } if is_missing(code) => NOT_FOUND,
            Failure::Refused { code, .. } if INVALID.contains(&code.as_str()) => USAGE,
            Failure::Usage(_) => USAGE,
            Failure::Advised(failure, _) => failure.code(),
            Failure::Missing(_) => NOT_FOUND,
            Failure::Unconfirmed(_) | Failure::Human(_) | Failure::Declined => UNCONFIRMED,
            _ => FAILED,
        }
    }

    /// What to do about it, if that is known.
    pub(crate) fn hint(&self) -> Option<Cow<'_, str>> {
        let known = match self {
            Failure::Refused {
                code,
                decision: Some(id),
                ..
            } if DENIED.contains(&code.as_str()) => {
                let text = format!(
                    "an administrator can allow it; `kagiban explain {}` tells them why",
                    safe(id)
                );
                return Some(text.into());
            }
            Failure::Unreachable { .. } => Some(
                "set --endpoint-url or AWS_ENDPOINT_URL; for a private certificate authority, AWS_CA_BUNDLE",
            ),
            Failure::NoStream { .. } => Some(
                "the server says where streams are: it needs a --stream-url that is reached from here, and \
                 trusted (for a private certificate authority, AWS_CA_BUNDLE)",
            ),
            Failure::Refused { code, .. } => match code.as_str() {
                "UnknownOperationException" => Some("this endpoint is no Kagiban server, or an older one"),
                code if DENIED.contains(&code) => Some("an administrator can allow it"),
                "ParameterNotFound" => {
                    Some("`kagiban param list` shows what is there, `kagiban param deleted` what was")
                }
                "ParameterVersionNotFound" => {
                    Some("`kagiban param history NAME` shows the versions and their labels")
                }
                "CursorExpiredException" => Some("read the path anew, then watch it without --cursor"),
                "InvalidInstanceId" => Some("`kagiban node list` shows which nodes there are"),
                "InvalidKeyId" => Some("--key-id names a key of the Region and account that is written to"),
                _ => None,
            },
            Failure::NoCredentials => Some("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"),
            Failure::Advised(_, advice) => Some(&**advice),
            Failure::Unresolved(_) => Some("without --resolved, references are written as they are"),
            Failure::Unconfirmed(_) => Some("run it on a terminal, or give --yes"),
            Failure::Changed(_) => Some("run it again: what is done already is passed over"),
            Failure::Conflict(_) => Some("--overwrite adds a version to what is there"),
            Failure::Credentials(_)
            | Failure::Setting(_)
            | Failure::Usage(_)
            | Failure::Missing(_)
            | Failure::Human(_)
            | Failure::Declined
            | Failure::Answer(_)
            | Failure::Output(_) => None,
        };
        known.map(Cow::Borrowed)
    }

    /// Whether the server refused with this code.
    pub(crate) fn has_code(&self, wanted: &str) -> bool {
        match self {
            Failure::Refused { code, .. } => code == wanted,
            Failure::Advised(failure, _) => failure.has_code(wanted),
            _ => false,
        }
    }

    /// The same, with what to do about it if the server refused with this code: a code alone does not say
    /// what the command was that met it.
    pub(crate) fn advised(self, code: &str, advice: impl Into<Cow<'static, str>>) -> Failure {
        match self.has_code(code) {
            true => Failure::Advised(Box::new(self), advice.into()),
            false => self,
        }
    }
}

fn is_missing(code: &str) -> bool {
    code.ends_with("NotFoundException") || code.ends_with("NotFound") || code == "InvalidInstanceId"
}
