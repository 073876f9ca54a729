//! `kagiban param purge`: what was deleted, for good.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::endpoint::{Service, Target};
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;
use crate::prompt;

/// Destroy a deleted parameter before its time (Kagiban only)
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// Its name
    name: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    format: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Examples:
  kagiban param purge /prod/db/password"
    )
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let client = target.client(Service::Kagiban)?;
        let question = format!("Destroy {} with all its versions, for good?", self.name);
        prompt::confirm(&question, self.yes)?;
        let _: Value = client.call("PurgeDeletedParameter", &json!({"Name": self.name}))?;
        self.format.print(&json!({"Purged": self.name}), |_| {
            format!("{} is gone", self.name)
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
