//! `kagiban param search`: by any fragment of what is not secret.

use std::process::ExitCode;

use serde::Serialize;

use crate::endpoint::Target;
use crate::failure::{EXIT_CODES, Failure};
use crate::output::{self, Format};
use crate::parameters::{self, Metadata, Parameters, Tag};
use crate::style::Style;
use crate::table::Table;

/// Find parameters by a fragment of their name, description or tags, in any case
///
/// Tags are read for each parameter by itself, which takes its time; --no-tags leaves them out.
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// The fragment; of tags, `key=value` is searched
    fragment: String,
    /// Look only below this path
    #[arg(long, default_value = "/")]
    path: String,
    /// Do not look at tags
    #[arg(long)]
    no_tags: bool,
    #[command(flatten)]
    format: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Examples:
  kagiban param search database
  kagiban param search team=payments --path /prod"
    )
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome {
    parameters: Vec<Found>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    #[serde(flatten)]
    metadata: Metadata,
    /// Where it was found.
    matched: String,
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let parameters = Parameters::of(target)?;
        let path = parameters::path(&self.path)?;
        let fragment = self.fragment.to_lowercase();
        let mut tags = match self.no_tags {
            true => None,
            false => Some(&parameters),
        };
        let mut found = Vec::new();
        for metadata in parameters.described_below(path)? {
            let matched = match in_metadata(&metadata, &fragment) {
                Some(matched) => Some(matched),
                None => in_tags(&mut tags, &metadata.name, &fragment)?,
            };
            found.extend(matched.map(|matched| Found { metadata, matched }));
        }
        let outcome = Outcome { parameters: found };
        self.format
            .print(&outcome, |outcome| rows(&outcome.parameters, Style::of_output()))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn in_metadata(metadata: &Metadata, fragment: &str) -> Option<String> {
    let description = metadata.description.as_deref().unwrap_or_default();
    match () {
        () if metadata.name.to_lowercase().contains(fragment) => Some("name".to_owned()),
        () if description.to_lowercase().contains(fragment) => Some("description".to_owned()),
        () => None,
    }
}

/// Looks at the tags, as long as they may be read.
fn in_tags(from: &mut Option<&Parameters>, name: &str, fragment: &str) -> Result<Option<String>, Failure> {
    let Some(parameters) = *from else {
        return Ok(None);
    };
    match parameters.tags(name) {
        Ok(tags) => Ok(tags.iter().find_map(|tag| in_tag(tag, fragment))),
        Err(failure) if failure.has_code("AccessDeniedException") => {
            output::remark("tags may not be read (ssm:ListTagsForResource), so that they are left out");
            *from = None;
            Ok(None)
        }
        // It was deleted meanwhile.
        Err(failure) if failure.has_code("InvalidResourceId") => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn in_tag(tag: &Tag, fragment: &str) -> Option<String> {
    let text = format!("{}={}", tag.key, tag.value);
    text.to_lowercase()
        .contains(fragment)
        .then(|| format!("tag {text}"))
}

fn rows(found: &[Found], style: Style) -> String {
    let mut table = Table::new(["NAME", "TYPE", "DESCRIPTION", "FOUND IN"]);
    for found in found {
        table.row([
            found.metadata.name.clone(),
            found.metadata.kind.clone(),
            found.metadata.description.clone().unwrap_or_default(),
            found.matched.clone(),
        ]);
    }
    table.text(style, "Nothing was found.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_is_found_in_any_case() {
        let metadata: Metadata = serde_json::from_str(
            r#"{"Name":"/prod/DB/url","Type":"String","Version":1,"Description":"Where Orders live"}"#,
        )
        .unwrap();
        assert_eq!(in_metadata(&metadata, "db/u").as_deref(), Some("name"));
        assert_eq!(in_metadata(&metadata, "orders").as_deref(), Some("description"));
        assert_eq!(in_metadata(&metadata, "x"), None);
        let tag = Tag {
            key: "Team".into(),
            value: "Payments".into(),
        };
        assert_eq!(in_tag(&tag, "m=pay").as_deref(), Some("tag Team=Payments"));
    }
}
