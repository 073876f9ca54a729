//! `kagiban param diff`: what changed between two versions.

use std::process::ExitCode;

use serde::Serialize;

use super::difference::{Difference, Facts, differences};
use crate::commands::completion::parameter_names;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::output::Format;
use crate::parameters::{Parameters, Version};
use crate::style::Style;

/// Show what changed between two versions of a parameter
///
/// Values are compared and not shown, unless --show-values is given.
#[derive(clap::Args)]
#[command(after_long_help = DIFFERENT)]
pub(crate) struct Arguments {
    /// Its name
    #[arg(add = parameter_names())]
    name: String,
    /// A version or a label [default: the version before the other one]
    #[arg(value_name = "A")]
    from: Option<String>,
    /// A version or a label [default: the newest]
    #[arg(value_name = "B")]
    to: Option<String>,
    /// Show the values
    #[arg(long)]
    show_values: bool,
    #[command(flatten)]
    format: Format,
}

const DIFFERENT: &str = "\
Exit codes:
  0  equal
  1  different
  2  the arguments are wrong
  3  no such parameter, version or label
  4  anything else went wrong

Examples:
  kagiban param diff /prod/db/url             # the newest version with the one before
  kagiban param diff /prod/db/url 3 current --show-values";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome {
    name: String,
    from: u64,
    to: u64,
    differences: Vec<Difference>,
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let versions = Parameters::of(target)?.history(&self.name, true)?;
        let (from, to) = self.pair(&versions)?;
        let outcome = Outcome {
            name: self.name.clone(),
            from: from.metadata.version,
            to: to.metadata.version,
            differences: differences(&facts(from), &facts(to), self.show_values),
        };
        self.format
            .print(&outcome, |outcome| people(outcome, Style::of_output()))?;
        Ok(super::difference::verdict(outcome.differences.is_empty()))
    }

    fn pair<'a>(&self, versions: &'a [Version]) -> Result<(&'a Version, &'a Version), Failure> {
        let newest = versions.last().map_or(0, |version| version.metadata.version);
        let to = match &self.to {
            Some(which) => self.find(versions, which)?,
            None => self.find(versions, &newest.to_string())?,
        };
        let from = match &self.from {
            Some(which) => self.find(versions, which)?,
            None => {
                let before = versions
                    .iter()
                    .rfind(|version| version.metadata.version < to.metadata.version);
                before.ok_or_else(|| Failure::Missing(format!("{} has no version before that", self.name)))?
            }
        };
        Ok((from, to))
    }

    fn find<'a>(&self, versions: &'a [Version], which: &str) -> Result<&'a Version, Failure> {
        let number: Option<u64> = which.parse().ok();
        let found = versions.iter().find(|version| match number {
            Some(number) => version.metadata.version == number,
            None => version.labels.iter().any(|label| label == which),
        });
        found.ok_or_else(|| Failure::Missing(format!("{} has no version {which}", self.name)))
    }
}

fn facts(version: &Version) -> Facts<'_> {
    let metadata = &version.metadata;
    Facts {
        value: version.value.as_ref(),
        others: vec![
            ("Type", Some(metadata.kind.as_str())),
            ("KeyId", metadata.key_id.as_deref()),
            ("Tier", metadata.tier.as_deref()),
            ("Description", metadata.description.as_deref()),
            ("AllowedPattern", metadata.allowed_pattern.as_deref()),
            ("DataType", metadata.data_type.as_deref()),
        ],
    }
}

fn people(outcome: &Outcome, style: Style) -> String {
    let head = format!("{}: version {} and {}", outcome.name, outcome.from, outcome.to);
    let mut lines = vec![head];
    for difference in &outcome.differences {
        lines.extend(difference.lines("", style));
    }
    if outcome.differences.is_empty() {
        lines.push("They are equal.".to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions() -> Vec<Version> {
        serde_json::from_str(
            r#"[
            {"Name":"/a","Type":"String","Version":3,"Value":"hunter2","Labels":["old"],"Description":"first"},
            {"Name":"/a","Type":"SecureString","Version":4,"Value":"hunter2"},
            {"Name":"/a","Type":"SecureString","Version":6,"Value":"hunter3\nx","KeyId":"alias/a"}]"#,
        )
        .unwrap()
    }

    fn shown(from: Option<&str>, to: Option<&str>, show_values: bool) -> String {
        let (name, from, to) = ("/a".to_owned(), from.map(str::to_owned), to.map(str::to_owned));
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            format: Format,
        }
        let format = <Line as clap::Parser>::parse_from(["x"]).format;
        let arguments = Arguments {
            name,
            from,
            to,
            show_values,
            format,
        };
        let versions = versions();
        let (from, to) = match arguments.pair(&versions) {
            Ok(pair) => pair,
            Err(failure) => return failure.to_string(),
        };
        let differences = differences(&facts(from), &facts(to), show_values);
        let (from, to) = (from.metadata.version, to.metadata.version);
        people(
            &Outcome {
                name: "/a".to_owned(),
                from,
                to,
                differences,
            },
            Style::new(false),
        )
    }

    #[test]
    fn a_changed_value_is_told_and_not_shown() {
        insta::assert_snapshot!(shown(None, None, false), @r"
        /a: version 4 and 6
        ~ Value  •••• (changed)
        ~ KeyId  (none) -> alias/a
        ");
        insta::assert_snapshot!(shown(Some("old"), Some("4"), false), @r"
        /a: version 3 and 4
        ~ Type  String -> SecureString
        ~ Description  first -> (none)
        ");
        assert_eq!(
            shown(Some("4"), Some("4"), false),
            "/a: version 4 and 4\nThey are equal."
        );
    }

    #[test]
    fn values_are_shown_when_asked_for() {
        insta::assert_snapshot!(shown(None, None, true), @r"
        /a: version 4 and 6
        - Value  hunter2
        + Value  hunter3\nx
        ~ KeyId  (none) -> alias/a
        ");
    }

    #[test]
    fn a_version_that_is_not_there_is_named() {
        assert_eq!(shown(Some("5"), None, false), "/a has no version 5");
        assert_eq!(shown(None, Some("new"), false), "/a has no version new");
        assert_eq!(shown(None, Some("3"), false), "/a has no version before that");
    }
}
