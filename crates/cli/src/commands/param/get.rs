//! `kagiban param get`: one parameter's value.

use std::process::ExitCode;

use crate::commands::completion::parameter_names;
use crate::endpoint::Target;
use crate::failure::{EXIT_CODES, Failure};
use crate::output::{self, Format};
use crate::parameters::{Parameter, Parameters};
use crate::style::safe;

/// Print a parameter, decrypted
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// Its name; also `name:version`, `name:label` or an ARN
    #[arg(add = parameter_names())]
    name: String,
    /// This version instead of the newest
    #[arg(long, value_name = "NUMBER", conflicts_with = "label")]
    version: Option<u64>,
    /// The version that has this label
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,
    /// Leave a SecureString as it is stored
    #[arg(long)]
    no_decrypt: bool,
    /// Print the value alone, without a line break unless on a terminal
    #[arg(long, conflicts_with = "json")]
    raw: bool,
    #[command(flatten)]
    format: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Examples:
  kagiban param get /prod/db/url
  kagiban param get /prod/db/password --raw | psql …
  kagiban param get /prod/db/url --label previous"
    )
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let parameters = Parameters::of(target)?;
        let found = parameters.get(&self.reference(), !self.no_decrypt)?;
        match self.raw {
            true if output::is_for_people() => output::print(found.value.expose())?,
            true => output::print_bare(found.value.expose())?,
            false => self.format.print(&found, people)?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn reference(&self) -> String {
        match (&self.version, &self.label) {
            (Some(version), _) => format!("{}:{version}", self.name),
            (None, Some(label)) => format!("{}:{label}", self.name),
            (None, None) => self.name.clone(),
        }
    }
}

fn people(parameter: &Parameter) -> String {
    let modified = parameter.last_modified_date;
    let modified = modified.map(|date| date.to_string()).unwrap_or_default();
    let head = format!(
        "name      {}\ntype      {}\nversion   {}\nmodified  {modified}\n",
        parameter.name, parameter.kind, parameter.version
    );
    let value: Vec<String> = parameter.value.expose().split('\n').map(safe).collect();
    match value.as_slice() {
        [line] => format!("{head}value     {line}"),
        lines => format!("{head}value\n  {}", lines.join("\n  ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_all_of_a_value_and_it_does_not_steer_their_terminal() {
        let parameter: Parameter = serde_json::from_str(
            r#"{"Name":"/a","Type":"String","Value":"one\u001b[2J","Version":2,"LastModifiedDate":1769850487.9}"#,
        )
        .unwrap();
        insta::assert_snapshot!(people(&parameter), @r"
        name      /a
        type      String
        version   2
        modified  2026-01-31T09:08:07Z
        value     one\u{1b}[2J
        ");
        let parameter = Parameter {
            value: "one\ntwo".to_owned().into(),
            ..parameter
        };
        assert!(people(&parameter).ends_with("value\n  one\n  two"));
    }
}
