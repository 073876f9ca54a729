//! Codes of MFA devices: given, from a program, from the store, or typed by a person.

use std::io::{self, Read as _};
use std::process::{Command, Stdio};

use clap_complete::{ArgValueCandidates, CompletionCandidate};
use kagiban_aws::SecretString;

use super::endpoint::variable;
use super::lock::{Asking, Patience};
use super::totp;
use crate::failure::Failure;
use crate::platform::{process, terminal};
use crate::prompt::{Turn, line_on_terminal};
use crate::store::{Store, withhold};

/// How a person is asked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Driver {
    #[default]
    Terminal,
    Osascript,
    Zenity,
    Kdialog,
    Ykman,
}

/// Where codes come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mfa {
    /// By `--mfa-token`.
    pub(crate) token: Option<String>,
    pub(crate) driver: Driver,
    /// Whether somebody may be asked.
    pub(crate) may_ask: bool,
}

/// Longer than any code, with room for a line break.
const MAX_OUTPUT: u64 = 256;

impl Driver {
    const ALL: [(&str, Driver); 5] = [
        ("terminal", Driver::Terminal),
        ("osascript", Driver::Osascript),
        ("zenity", Driver::Zenity),
        ("kdialog", Driver::Kdialog),
        ("ykman", Driver::Ykman),
    ];

    /// Completes their names.
    pub(crate) fn names() -> ArgValueCandidates {
        ArgValueCandidates::new(|| Self::ALL.map(|(name, _)| CompletionCandidate::new(name)).into())
    }

    /// Reads aws-vault's name of a driver.
    ///
    /// # Errors
    ///
    /// If there is none of this name.
    pub(crate) fn named(name: &str) -> Result<Driver, Failure> {
        let known = Self::ALL.into_iter().find(|(own, _)| *own == name);
        match (known, name) {
            (Some((_, driver)), _) => Ok(driver),
            (None, "pass") => Err(Failure::Usage(
                "--prompt=pass is gone; set mfa_process in the profile, such as `mfa_process = pass otp NAME`".to_owned(),
            )),
            _ => Err(Failure::Usage(format!(
                "there is no prompt `{name}`; there are: {}",
                Self::ALL.map(|(own, _)| own).join(", ")
            ))),
        }
    }

    fn command(self, serial: &str) -> Option<Command> {
        let question = question(serial);
        let (program, arguments): (&str, Vec<String>) = match self {
            Driver::Terminal => return None,
            Driver::Osascript => {
                let quoted = question.replace('\\', "\\\\").replace('"', "\\\"");
                let script = format!(
                    "display dialog \"{quoted}\" default answer \"\" buttons {{\"OK\", \"Cancel\"}} default button 1\ntext returned of the result"
                );
                ("osascript", vec!["-e".into(), script])
            }
            Driver::Zenity => (
                "zenity",
                ["--entry", "--title=kagiban", "--text", &question]
                    .map(str::to_owned)
                    .into(),
            ),
            Driver::Kdialog => (
                "kdialog",
                ["--title", "kagiban", "--inputbox", &question]
                    .map(str::to_owned)
                    .into(),
            ),
            Driver::Ykman => ("ykman", ykman(serial)),
        };
        let mut command = Command::new(program);
        command.args(arguments);
        withhold(&mut command);
        Some(command)
    }
}

impl Mfa {
    /// A code of the device: six digits, since anything else would only cost a try.
    ///
    /// # Errors
    ///
    /// If none comes; if nobody is there to ask, what to do about it.
    pub(crate) fn code(
        &self,
        store: &dyn Store,
        serial: &str,
        process: Option<&str>,
    ) -> Result<SecretString, Failure> {
        let code = self.given(store, serial, process)?;
        match is_code(code.expose().trim()) {
            true => Ok(code.expose().trim().to_owned().into()),
            false => Err(Failure::Usage(format!(
                "that is no code of {serial}, which has six digits; nothing was sent"
            ))),
        }
    }

    /// How to wait for another process that may be asking for a code of the same device.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    pub(crate) fn patience(
        &self,
        store: &dyn Store,
        serial: &str,
        process: Option<&str>,
    ) -> Result<Patience, Failure> {
        let others = process.is_some() || self.driver != Driver::Terminal || totp::is_known(store, serial)?;
        Ok(match (&self.token, others) {
            (Some(_), _) => Patience::Hurried,
            // A second code of the device would have to be waited for.
            (None, true) => Patience::Silent,
            (None, false) if self.may_ask => Patience::Telling,
            (None, false) => Patience::Refusing,
        })
    }

    fn given(&self, store: &dyn Store, serial: &str, process: Option<&str>) -> Result<SecretString, Failure> {
        if let Some(token) = &self.token {
            return Ok(token.clone().into());
        }
        if let Some(line) = process {
            let mut program = process::line(line);
            let _turn = Turn::take_for(&mut program);
            return run(program, line);
        }
        if totp::is_known(store, serial)? {
            return totp::code(store, serial);
        }
        match self.driver.command(serial) {
            Some(command) => {
                let _turn = Turn::take();
                run(command, "the prompt")
            }
            None if self.may_ask => line_on_terminal(&question(serial)).map(SecretString::from),
            None => Err(nobody(serial, None)),
        }
    }
}

/// What is said where nobody can be asked here, and perhaps somebody is elsewhere.
pub(crate) fn nobody(serial: &str, elsewhere: Option<&Asking>) -> Failure {
    let elsewhere = elsewhere.map(|asking| format!(" ({} for one now)", asking.said()));
    Failure::Human(format!(
        "a code of {serial} is needed and nobody can be asked here{}; run the same with `-- true` on a terminal first, or set mfa_process",
        elsewhere.unwrap_or_default()
    ))
}

fn is_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn question(serial: &str) -> String {
    format!("Enter MFA code for {serial}: ")
}

fn ykman(serial: &str) -> Vec<String> {
    let name = variable("YKMAN_OATH_CREDENTIAL_NAME").unwrap_or_else(|| serial.to_owned());
    let is_old =
        variable("AWS_VAULT_YKMAN_VERSION").is_some_and(|version| version.starts_with(['1', '2', '3']));
    let device = variable("YKMAN_OATH_DEVICE_SERIAL").map(|device| ["--device".to_owned(), device]);
    let words: &[&str] = if is_old {
        &["oath", "code"]
    } else {
        &["oath", "accounts", "code"]
    };
    let words = words.iter().map(|&word| word.to_owned());
    device
        .into_iter()
        .flatten()
        .chain(words)
        .chain(["--single".to_owned(), name])
        .collect()
}

/// Runs a program that may talk to a person: its standard input and error are the terminal.
fn run(mut command: Command, what: &str) -> Result<SecretString, Failure> {
    command.stdout(Stdio::piped());
    match terminal::person() {
        Ok((typed, shown)) => command.stdin(typed).stderr(shown),
        Err(_) => command.stdin(Stdio::null()),
    };
    let failed = |why: &str| Failure::Credentials(format!("no MFA code comes from {what}: {why}"));
    let mut child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            let program = command.get_program().display();
            failed(&format!(
                "`{program}` is not found in PATH; install it, or name another --prompt"
            ))
        }
        _ => failed(&error.to_string()),
    })?;
    let mut code = String::new();
    if let Some(output) = child.stdout.take() {
        output
            .take(MAX_OUTPUT)
            .read_to_string(&mut code)
            .map_err(|error| failed(&error.to_string()))?;
    }
    let status = child.wait()?;
    match (status.success(), code.trim()) {
        (false, _) => Err(failed(&status.to_string())),
        (true, "") => Err(failed("it printed nothing")),
        (true, code) => Ok(code.to_owned().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits() {
        assert!(is_code("012345"));
        for text in ["", "12345", "1234567", "12345x", "١٢٣", " 12345"] {
            assert!(!is_code(text), "{text}");
        }
    }
}
