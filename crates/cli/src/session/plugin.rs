//! AWS's `session-manager-plugin`, as the AWS CLI calls it: this program under that name.
//!
//! The CLI starts the session and hands over what it was answered: as the name of an environment variable,
//! so that the token is in no list of processes, or, if the CLI is old, itself as the first argument.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use kagiban_session::handshake::Version;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{Api, Manner, Started};
use crate::endpoint::Target;
use crate::failure::Failure;

const NAME: &str = "session-manager-plugin";

/// What a variable with a response is called; some tools append something.
const VARIABLE: &str = "AWS_SSM_START_SESSION_RESPONSE";

const INSTALLED: &str = "\n\
The Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\n";

/// What the arguments ask for.
#[derive(Debug, Eq, PartialEq)]
enum Asked {
    Installed,
    Version,
    Unknown,
    InvalidOperation,
    Session(Session),
}

/// The arguments of a session.
#[derive(Debug, Default, Eq, PartialEq)]
struct Session {
    response: String,
    region: String,
    profile: String,
    target: Option<String>,
    endpoint: Option<String>,
}

/// Whether the program was called by the plugin's name.
pub(crate) fn is_called(program: Option<&OsString>) -> bool {
    let stem = program.and_then(|program| Path::new(program).file_stem());
    stem.is_some_and(|stem| stem == NAME)
}

/// Does what the arguments after the program's name ask for.
pub(crate) fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<String> = arguments
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let ended = match ask(&arguments) {
        Asked::Installed => say(INSTALLED),
        Asked::Version => say(&Version::CLIENT.to_string()),
        Asked::Unknown => say(&format!(
            "Unknown operation {}. \nUse {NAME} --version to check the version.\n",
            crate::style::safe(arguments.first().map_or("", String::as_str))
        )),
        Asked::InvalidOperation => say("Invalid Operation"),
        Asked::Session(session) => session.run(),
    };
    ended.unwrap_or_else(|failure| {
        // As the plugin: the CLI takes anything but 0 for a failure of its own.
        println!(
            "Cannot perform start session: {}",
            crate::style::readable(&failure.to_string())
        );
        if let Some(hint) = failure.hint() {
            println!("hint: {hint}");
        }
        ExitCode::SUCCESS
    })
}

fn say(text: &str) -> Result<ExitCode, Failure> {
    println!("{text}");
    Ok(ExitCode::SUCCESS)
}

fn ask(arguments: &[String]) -> Asked {
    let argument = |place: usize| arguments.get(place).map(String::as_str);
    match arguments.len() {
        0 => Asked::Installed,
        1 if argument(0) == Some("--version") => Asked::Version,
        1 | 2 => Asked::Unknown,
        _ if argument(2) != Some("StartSession") => Asked::InvalidOperation,
        _ => Asked::Session(Session {
            response: argument(0).unwrap_or_default().to_owned(),
            region: argument(1).unwrap_or_default().to_owned(),
            profile: argument(3).unwrap_or_default().to_owned(),
            target: argument(4).and_then(target_of),
            endpoint: argument(5).filter(|url| !url.is_empty()).map(str::to_owned),
        }),
    }
}

/// The target in the request that the CLI has sent.
fn target_of(request: &str) -> Option<String> {
    let request: Value = serde_json::from_str(request).ok()?;
    request.get("Target")?.as_str().map(str::to_owned)
}

impl Session {
    fn run(self) -> Result<ExitCode, Failure> {
        let response = match self.response.starts_with(VARIABLE) {
            true => Zeroizing::new(env::var(&self.response).unwrap_or_default()),
            false => Zeroizing::new(self.response),
        };
        let started: Started = serde_json::from_str(&response)
            .map_err(|_| Failure::Usage("the response of StartSession cannot be read".to_owned()))?;
        if started.stream_url.is_empty() || started.token_value.expose().is_empty() {
            return Err(Failure::Usage(
                "the response of StartSession has no stream".to_owned(),
            ));
        }
        let target = Target::of_plugin(&self.profile, &self.region);
        let api = Api::new(&target, self.endpoint.as_deref())?;
        let manner = Manner {
            banners: true,
            ..Manner::default()
        };
        super::run(started, self.target.as_deref().unwrap_or_default(), api, &manner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(arguments: &[&str]) -> Asked {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        ask(&arguments)
    }

    #[test]
    fn the_plugins_arguments_are_understood() {
        assert_eq!(asked(&[]), Asked::Installed);
        assert_eq!(asked(&["--version"]), Asked::Version);
        assert_eq!(asked(&["help"]), Asked::Unknown);
        assert_eq!(asked(&["{}", "us-east-1"]), Asked::Unknown);
        assert_eq!(
            asked(&["{}", "us-east-1", "DescribeSessions"]),
            Asked::InvalidOperation
        );
        let request = r#"{"Target": "mi-0123", "DocumentName": "AWS-StartSSHSession"}"#;
        let full = [
            "AWS_SSM_START_SESSION_RESPONSE_1",
            "eu-west-1",
            "StartSession",
            "prod",
            request,
            "https://k",
        ];
        let Asked::Session(session) = asked(&full) else {
            panic!("a session");
        };
        assert_eq!(session.target.as_deref(), Some("mi-0123"));
        assert_eq!(
            (session.profile.as_str(), session.endpoint.as_deref()),
            ("prod", Some("https://k"))
        );
        let Asked::Session(old) = asked(&["{}", "eu-west-1", "StartSession"]) else {
            panic!("a session");
        };
        assert_eq!((old.target, old.endpoint), (None, None));
    }

    #[test]
    fn the_name_decides() {
        let is = |name: &str| is_called(Some(&name.into()));
        assert!(is("/usr/local/bin/session-manager-plugin") && is("session-manager-plugin.exe"));
        assert!(!is("kagiban") && !is_called(None));
    }
}
