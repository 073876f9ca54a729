//! `kagiban param list`: what is there, as a tree.

use std::process::ExitCode;

use serde::Serialize;

use crate::commands::completion::parameter_names;
use crate::endpoint::Target;
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;
use crate::parameters::{self, Metadata, Parameters};
use crate::style::Style;
use crate::table::Table;

/// List parameters below a path, without their values
#[derive(clap::Args)]
#[command(visible_alias = "ls", after_long_help = long_help())]
pub(crate) struct Arguments {
    /// Where to look
    #[arg(default_value = "/", add = parameter_names())]
    path: String,
    #[command(flatten)]
    format: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Examples:
  kagiban param list
  kagiban param list /prod/db
  kagiban param list /prod --json | jq -r '.Parameters[].Name'"
    )
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listing {
    parameters: Vec<Metadata>,
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let path = parameters::path(&self.path)?;
        let listing = Listing {
            parameters: Parameters::of(target)?.described_below(path)?,
        };
        self.format
            .print(&listing, |listing| tree(&listing.parameters, Style::of_output()))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Names below their levels, each level once.
fn tree(all: &[Metadata], style: Style) -> String {
    let mut table = Table::new(["NAME", "TYPE", "VERSION", "MODIFIED", "KEY"]);
    let mut open: Vec<&str> = Vec::new();
    for metadata in all {
        let mut levels: Vec<&str> = metadata.name.split('/').collect();
        let name = levels.pop().unwrap_or_default();
        // A name begins with a slash, so that its first level is empty; it is no level to show.
        let levels = levels.get(1..).unwrap_or_default();
        let shared = open.iter().zip(levels).take_while(|(a, b)| a == b).count();
        for (depth, level) in levels.iter().enumerate().skip(shared) {
            table.row([
                format!("{}{level}/", "  ".repeat(depth)),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
            ]);
        }
        open = levels.to_vec();
        table.row(row(metadata, format!("{}{name}", "  ".repeat(levels.len()))));
    }
    table.text(style, "There is no parameter here.")
}

fn row(metadata: &Metadata, name: String) -> [String; 5] {
    let modified = metadata.last_modified_date;
    [
        name,
        metadata.kind.clone(),
        metadata.version.to_string(),
        modified.map(|date| date.to_string()).unwrap_or_default(),
        metadata.key_id.clone().unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_stands_once_above_what_is_in_it() {
        let metadata = |name: &str| -> Metadata {
            let text = format!(r#"{{"Name":"{name}","Type":"String","Version":1,"LastModifiedDate":0}}"#);
            serde_json::from_str(&text).unwrap()
        };
        let all = ["/a/b/x", "/a/b/y", "/a/z", "/b/b/x", "bare"].map(metadata);
        insta::assert_snapshot!(tree(&all, Style::new(false)), @r"
        NAME   TYPE    VERSION  MODIFIED              KEY
        a/
          b/
            x  String  1        1970-01-01T00:00:00Z
            y  String  1        1970-01-01T00:00:00Z
          z    String  1        1970-01-01T00:00:00Z
        b/
          b/
            x  String  1        1970-01-01T00:00:00Z
        bare   String  1        1970-01-01T00:00:00Z
        ");
        assert_eq!(tree(&[], Style::new(false)), "There is no parameter here.");
    }
}
