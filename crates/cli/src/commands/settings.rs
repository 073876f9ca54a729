//! `kagiban settings`: what an account has chosen for itself in a Region.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::endpoint::{Service, Target};
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;
use crate::style::Style;
use crate::table::Table;

/// Show or change the account's settings in the Region (Kagiban only)
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// A setting
    name: Option<String>,
    /// What it shall be; nothing ('') is back to its default
    value: Option<String>,
    #[command(flatten)]
    format: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Examples:
  kagiban settings
  kagiban settings strict-path-authorization true
  kagiban settings deleted-parameter-retention-days ''"
    )
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listing {
    settings: Vec<Setting>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Setting {
    name: String,
    value: String,
    #[serde(default)]
    default: String,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Changed {
    setting: Setting,
}

/// Asks or changes, and prints.
pub(crate) fn run(arguments: &Arguments, target: &Target) -> Result<ExitCode, Failure> {
    let client = target.client(Service::Kagiban)?;
    let settings = match (&arguments.name, &arguments.value) {
        (Some(name), Some(value)) => {
            let body = json!({"Name": name, "Value": value});
            let changed: Changed = client.call("PutAccountSetting", &body)?;
            vec![changed.setting]
        }
        (name, _) => {
            let mut all: Vec<Setting> = client.all("GetAccountSettings", json!({}))?;
            all.retain(|setting| name.as_ref().is_none_or(|name| setting.name == *name));
            all
        }
    };
    if let (Some(name), []) = (&arguments.name, settings.as_slice()) {
        return Err(Failure::Missing(format!("there is no setting {name}")));
    }
    let listing = Listing { settings };
    arguments
        .format
        .print(&listing, |listing| rows(&listing.settings, Style::of_output()))?;
    Ok(ExitCode::SUCCESS)
}

fn rows(settings: &[Setting], style: Style) -> String {
    let mut table = Table::new(["NAME", "VALUE", "DEFAULT", "DESCRIPTION"]);
    for setting in settings {
        table.row([
            setting.name.clone(),
            setting.value.clone(),
            setting.default.clone(),
            setting.description.clone(),
        ]);
    }
    table.text(style, "There are no settings.")
}
