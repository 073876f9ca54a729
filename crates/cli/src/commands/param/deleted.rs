//! `kagiban param deleted`: what could still be had back.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::endpoint::{Service, Target};
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;
use crate::parameters::{self, Moment};
use crate::style::Style;
use crate::table::Table;

/// List deleted parameters that can be had back (Kagiban only)
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// Where to look
    #[arg(default_value = "/")]
    path: String,
    #[command(flatten)]
    format: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
How long they are kept is the setting deleted-parameter-retention-days: see `kagiban settings`.

Examples:
  kagiban param deleted
  kagiban param deleted /prod"
    )
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listing {
    parameters: Vec<Deleted>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Deleted {
    name: String,
    #[serde(rename = "Type")]
    kind: String,
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tier: Option<String>,
    deleted_date: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purge_date: Option<Moment>,
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let path = parameters::path(&self.path)?;
        let client = target.client(Service::Kagiban)?;
        let body = json!({"Path": path, "MaxResults": 50});
        let listing = Listing {
            parameters: client.all("ListDeletedParameters", body)?,
        };
        self.format
            .print(&listing, |listing| rows(&listing.parameters, Style::of_output()))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn rows(all: &[Deleted], style: Style) -> String {
    let mut table = Table::new(["NAME", "TYPE", "VERSION", "DELETED", "BY", "GONE AT"]);
    for deleted in all {
        let gone = deleted.purge_date;
        table.row([
            deleted.name.clone(),
            deleted.kind.clone(),
            deleted.version.to_string(),
            deleted.deleted_date.to_string(),
            deleted.deleted_by.clone().unwrap_or_default(),
            gone.map(|date| date.to_string()).unwrap_or_default(),
        ]);
    }
    table.text(style, "Nothing that was deleted is kept here.")
}
