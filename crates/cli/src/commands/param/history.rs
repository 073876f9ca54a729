//! `kagiban param history`: the versions that are kept.

use std::process::ExitCode;

use serde::Serialize;

use crate::commands::completion::parameter_names;
use crate::endpoint::Target;
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;
use crate::parameters::{Parameters, Version};
use crate::style::Style;
use crate::table::Table;

/// List the versions of a parameter, oldest first
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// Its name
    #[arg(add = parameter_names())]
    name: String,
    /// Show the values too
    #[arg(long)]
    show_values: bool,
    #[command(flatten)]
    format: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Examples:
  kagiban param history /prod/db/url
  kagiban param history /prod/db/url --show-values"
    )
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct History {
    versions: Vec<Version>,
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let mut versions = Parameters::of(target)?.history(&self.name, self.show_values)?;
        if !self.show_values {
            versions.iter_mut().for_each(|version| version.value = None);
        }
        let history = History { versions };
        self.format
            .print(&history, |history| rows(&history.versions, Style::of_output()))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn rows(versions: &[Version], style: Style) -> String {
    let mut table = Table::new([
        "VERSION",
        "MODIFIED",
        "BY",
        "TYPE",
        "LABELS",
        "DESCRIPTION",
        "VALUE",
    ]);
    for version in versions {
        let metadata = &version.metadata;
        let modified = metadata.last_modified_date;
        let value = version.value.as_ref();
        table.row([
            metadata.version.to_string(),
            modified.map(|date| date.to_string()).unwrap_or_default(),
            metadata
                .last_modified_user
                .as_deref()
                .map(person)
                .unwrap_or_default()
                .to_owned(),
            metadata.kind.clone(),
            version.labels.join(", "),
            metadata.description.clone().unwrap_or_default(),
            value.map(|value| value.expose().to_owned()).unwrap_or_default(),
        ]);
    }
    table.text(style, "There is no version.")
}

/// The end of an ARN, such as `user/alice`.
fn person(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_shown_with_who_wrote_it_and_its_labels() {
        let versions: Vec<Version> = serde_json::from_str(
            r#"[{"Name":"/a","Type":"String","Version":3,"LastModifiedDate":0,"LastModifiedUser":"arn:aws:iam::111122223333:user/alice","Labels":["current","blue"],"Policies":[],"Value":"x"}]"#,
        )
        .unwrap();
        insta::assert_snapshot!(rows(&versions, Style::new(false)), @r"
        VERSION  MODIFIED              BY          TYPE    LABELS         DESCRIPTION  VALUE
        3        1970-01-01T00:00:00Z  user/alice  String  current, blue               x
        ");
    }
}
