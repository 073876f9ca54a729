//! `kagiban param undelete`: a deleted parameter, back with all its versions.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::endpoint::{Service, Target};
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;

/// Have deleted parameters back, with their versions, labels and tags (Kagiban only)
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// Their names
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Where a parameter has the name by now, let the two change places: it becomes the deleted one
    #[arg(long)]
    swap: bool,
    #[command(flatten)]
    format: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Examples:
  kagiban param deleted
  kagiban param undelete /prod/db/url
  kagiban param undelete /prod/db/url --swap"
    )
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Restored {
    name: String,
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tier: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome {
    parameters: Vec<Restored>,
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let client = target.client(Service::Kagiban)?;
        let mut parameters = Vec::new();
        for name in &self.names {
            let mut body = json!({"Name": name});
            if self.swap {
                body["Swap"] = true.into();
            }
            let restored = client.call("UndeleteParameter", &body);
            parameters.push(restored.map_err(in_use)?);
        }
        self.format.print(&Outcome { parameters }, people)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn in_use(failure: Failure) -> Failure {
    let advice = "with --swap the two change places, and both are kept; to delete or move what has the name now would \
         destroy the older one";
    failure.advised("ParameterAlreadyExists", advice)
}

fn people(outcome: &Outcome) -> String {
    let restored = outcome.parameters.iter();
    let lines: Vec<String> = restored
        .map(|restored| format!("{} is back at version {}", restored.name, restored.version))
        .collect();
    lines.join("\n")
}
