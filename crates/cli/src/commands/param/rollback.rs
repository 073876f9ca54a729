//! `kagiban param rollback`: an old version as the newest.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::commands::completion::parameter_names;
use crate::endpoint::{Service, Target};
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;

/// Make an old version the newest again, as a version of its own
///
/// The value does not leave the server. AWS has nothing like it; there, `get --version` and `set` do.
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// The parameter's name
    #[arg(add = parameter_names())]
    name: String,
    /// Its number or label
    #[arg(value_name = "VERSION|LABEL")]
    version: String,
    #[command(flatten)]
    format: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Examples:
  kagiban param rollback /prod/db/url 3
  kagiban param rollback /prod/db/url previous"
    )
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    name: String,
    version: u64,
    tier: Option<String>,
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let client = target.client(Service::Kagiban)?;
        let answer: Answer = client.call("RollbackParameter", &self.question())?;
        self.format.print(&answer, |answer| {
            format!(
                "{} is at version {}, which is {} again",
                answer.name, answer.version, self.version
            )
        })?;
        Ok(ExitCode::SUCCESS)
    }

    /// Labels do not begin with a digit.
    fn question(&self) -> Value {
        match self.version.parse::<u64>() {
            Ok(number) => json!({"Name": self.name, "Version": number}),
            Err(_) => json!({"Name": self.name, "Label": self.version}),
        }
    }
}
