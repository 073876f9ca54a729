//! `credential_process`, and AWS's CLI for profiles that only it can sign in.

use std::io::Read as _;
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use super::Printed;
use crate::failure::Failure;
use crate::platform::process;
use crate::store::withhold;
use crate::vault::session::{Session, now};

/// Longer than any session token.
const MAX_OUTPUT: u64 = 64 << 10;

/// Which profiles are being asked about further up, so that one that asks itself is found out.
const CHAIN: &str = "KAGIBAN_PROFILE_CHAIN";

/// Runs a profile's `credential_process`.
///
/// # Errors
///
/// If it fails, prints something else, or leads back here.
pub(crate) fn process(profile: &str, line: &str) -> Result<Session, Failure> {
    let whose = format!("the credential_process of profile `{profile}`");
    let above = std::env::var(CHAIN).unwrap_or_default();
    if above.split('\n').any(|other| other == profile) {
        return Err(Failure::Setting(format!(
            "{whose} asks for profile `{profile}` itself; give the key to another profile"
        )));
    }
    let mut command = process::line(line);
    command.env(CHAIN, format!("{above}\n{profile}"));
    let printed = Printed::read(&output(command, &whose)?, &whose)?;
    match printed.version {
        Some(1) => unended(printed.session(&whose)?, &whose),
        _ => Err(Failure::Credentials(format!(
            "{whose} answers in a version other than 1"
        ))),
    }
}

/// Asks AWS's CLI for the credentials of a profile that it has signed in (`login_session`).
///
/// # Errors
///
/// If it is not installed, or not signed in.
pub(crate) fn login(profile: &str) -> Result<Session, Failure> {
    let whose = format!("`aws configure export-credentials --profile {profile}`");
    let mut command = Command::new("aws");
    command.args([
        "configure",
        "export-credentials",
        "--format",
        "process",
        "--profile",
        profile,
    ]);
    withhold(&mut command);
    let text = output(command, &whose).map_err(|failure| {
        Failure::Credentials(format!(
            "{failure}; login_session in profile `{profile}` takes the AWS CLI 2, signed in by `aws login --profile {profile}`"
        ))
    })?;
    unended(Printed::read(&text, &whose)?.session(&whose)?, &whose)
}

/// Refuses what is of no use any more, rather than let AWS say so.
fn unended(session: Session, whose: &str) -> Result<Session, Failure> {
    match session.expires {
        Some(expires) if expires.seconds() <= now() => Err(Failure::Credentials(format!(
            "what {whose} gives has ended at {}",
            expires.iso()
        ))),
        _ => Ok(session),
    }
}

/// What a program prints; what it says goes where ours goes.
pub(super) fn output(mut command: Command, whose: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |why: String| Failure::Credentials(format!("{whose} does not work: {why}"));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_OUTPUT as usize + 1));
    if let Some(output) = child.stdout.take() {
        output
            .take(MAX_OUTPUT + 1)
            .read_to_end(&mut text)
            .map_err(|error| failed(error.to_string()))?;
    }
    let status = child.wait()?;
    match status.success() && text.len() as u64 <= MAX_OUTPUT {
        true => Ok(text),
        false => Err(failed(status.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gives_credentials_of_version_1() {
        let line = |version| {
            format!(
                "echo '{{\"Version\":{version},\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\"Expiration\":\"2999-01-01T00:00:00Z\"}}'"
            )
        };
        let session = process("p", &line(1)).unwrap();
        assert_eq!(session.credentials.access_key_id, "A");
        assert_eq!(session.expires.unwrap().iso().to_string(), "2999-01-01T00:00:00Z");
        assert!(
            process("p", &line(2))
                .unwrap_err()
                .to_string()
                .contains("version other than 1")
        );
        let ended = line(1).replace("2999", "2020");
        let refused = process("p", &ended).unwrap_err().to_string();
        assert!(
            refused.ends_with("gives has ended at 2020-01-01T00:00:00Z"),
            "{refused}"
        );
        assert!(
            process("p", "exit 3")
                .unwrap_err()
                .to_string()
                .contains("exit status: 3")
        );
        let refused = process("p", "echo hunter2").unwrap_err().to_string();
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}
