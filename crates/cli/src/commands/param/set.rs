//! `kagiban param set`: one new version, whose value need not be on the command line.

use std::process::ExitCode;

use kagiban_aws::SecretString;
use serde::Serialize;

use crate::commands::completion::parameter_names;
use crate::endpoint::Target;
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;
use crate::parameters::{Parameters, Put, Tag, Written};
use crate::prompt;

/// Write a parameter
///
/// Without VALUE the value is asked for on a terminal, unseen, and read from standard input otherwise. Of
/// standard input a last line break is dropped, since most programs add one; a file is taken as it is.
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// Its name
    #[arg(add = parameter_names())]
    name: String,
    /// Its value, or `-` for standard input; other users of the machine can see a command line
    #[arg(conflicts_with = "file")]
    value: Option<String>,
    /// Read the value from a file
    #[arg(long, value_name = "FILE")]
    file: Option<String>,
    /// Its type; one that is there keeps its own
    #[arg(long = "type", value_name = "TYPE", value_parser = ["String", "StringList", "SecureString"], conflicts_with = "secure")]
    kind: Option<String>,
    /// Encrypt it: the same as --type SecureString
    #[arg(long)]
    secure: bool,
    /// The key to encrypt with [default: the one in use, for a new one alias/aws/ssm]
    #[arg(long, value_name = "KEY")]
    key_id: Option<String>,
    /// Standard, Advanced or Intelligent-Tiering
    #[arg(long, value_parser = ["Standard", "Advanced", "Intelligent-Tiering"])]
    tier: Option<String>,
    /// Add a version if the parameter is there
    #[arg(long)]
    overwrite: bool,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
    /// A tag; repeat for more
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    tags: Vec<Tag>,
    #[command(flatten)]
    format: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Examples:
  kagiban param set /prod/db/password --secure                 # asks, unseen
  pwgen 32 1 | kagiban param set /prod/db/password --overwrite
  kagiban param set /prod/tls/key --secure --file key.pem --key-id alias/prod
  kagiban param set /prod/db/host db.internal --type String --tag team=payments"
    )
}

/// The longest value that any tier could ever take, in bytes.
const MAX_VALUE: usize = 32_768;

/// What a person is told who names no type for what is not there.
const NO_TYPE: &str = "a new parameter needs a type: give --type String, or --secure for a secret";
/// What AWS says then; it has no code of its own.
const TYPE_REQUIRED: &str = "parameter type is required";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome<'a> {
    name: &'a str,
    #[serde(flatten)]
    written: Written,
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        if self.kind().is_none() && !self.overwrite {
            return Err(Failure::Usage(NO_TYPE.to_owned()));
        }
        let parameters = Parameters::of(target)?;
        let value = self.value()?;
        let key_id = self.key(&parameters)?;
        let put = Put {
            name: &self.name,
            value,
            kind: self.kind(),
            key_id: key_id.as_deref(),
            tier: self.tier.as_deref(),
            description: self.description.as_deref(),
            overwrite: self.overwrite,
            tags: if self.overwrite { &[] } else { &self.tags },
            ..Put::default()
        };
        let written = parameters.put(&put).map_err(|failure| self.explained(failure))?;
        if self.overwrite {
            parameters.tag(&self.name, &self.tags, &[])?;
        }
        let outcome = Outcome {
            name: &self.name,
            written,
        };
        self.format.print(&outcome, |outcome| {
            format!("{} is at version {}", outcome.name, outcome.written.version)
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn explained(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Refused { message, .. } if self.kind().is_none() && message.contains(TYPE_REQUIRED) => {
                Failure::Usage(NO_TYPE.to_owned())
            }
            failure if self.overwrite => failure,
            failure => failure.advised(
                "ParameterAlreadyExists",
                "--overwrite adds a version to what is there",
            ),
        }
    }

    fn kind(&self) -> Option<&str> {
        match self.secure {
            true => Some("SecureString"),
            false => self.kind.as_deref(),
        }
    }

    /// AWS goes back to the default key when an overwrite names none; a new value should not change keys.
    fn key(&self, parameters: &Parameters) -> Result<Option<String>, Failure> {
        let encrypted = self.kind().is_none_or(|kind| kind == "SecureString");
        if self.key_id.is_some() || !self.overwrite || !encrypted {
            return Ok(self.key_id.clone());
        }
        match parameters.described(&self.name) {
            Ok(metadata) => Ok(metadata.key_id),
            Err(Failure::Missing(_)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn value(&self) -> Result<SecretString, Failure> {
        let value: SecretString = match (&self.file, self.value.as_deref()) {
            (Some(file), _) => prompt::file(file, MAX_VALUE)?.to_string().into(),
            (None, Some("-")) => piped()?,
            (None, Some(value)) => value.to_owned().into(),
            (None, None) if prompt::has_person() => {
                prompt::secret_on_terminal(&format!("Value of {} (unseen): ", self.name))?
            }
            (None, None) => piped()?,
        };
        match value.expose() {
            "" => Err(Failure::Usage(
                "the value is empty, which no parameter can be".to_owned(),
            )),
            _ => Ok(value),
        }
    }
}

fn piped() -> Result<SecretString, Failure> {
    let text = prompt::standard_input(MAX_VALUE)?;
    Ok(without_last_break(&text).to_owned().into())
}

fn without_last_break(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_break_at_the_end_of_a_pipe_is_not_the_values() {
        assert_eq!(without_last_break("a\nb\n"), "a\nb");
        assert_eq!(without_last_break("a\r\n"), "a");
        assert_eq!(without_last_break("a\n\n"), "a\n");
        assert_eq!(without_last_break("a"), "a");
    }
}
