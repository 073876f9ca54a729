//! `kagiban param label`: names for versions.

use std::process::ExitCode;

use serde_json::Value;

use crate::commands::completion::parameter_names;
use crate::endpoint::Target;
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;
use crate::parameters::Parameters;

/// Put labels on a version, or take them off
///
/// A label that another version has moves.
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// The parameter's name
    #[arg(add = parameter_names())]
    name: String,
    /// The labels
    #[arg(required = true, value_name = "LABEL")]
    labels: Vec<String>,
    /// The version [default: the newest; with --remove, whichever has the label]
    #[arg(long, value_name = "NUMBER")]
    version: Option<u64>,
    /// Take them off
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    format: Format,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
Examples:
  kagiban param label /prod/db/url current
  kagiban param label /prod/db/url previous --version 3
  kagiban param label /prod/db/url previous --remove"
    )
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let parameters = Parameters::of(target)?;
        let answer = match self.remove {
            true => {
                let version = match self.version {
                    Some(version) => version,
                    None => self.bearer(&parameters)?,
                };
                parameters.unlabel(&self.name, version, &self.labels)?
            }
            false => parameters.label(&self.name, self.version, &self.labels)?,
        };
        refused(&answer, self.remove)?;
        self.format
            .print(&answer, |answer| match &answer["ParameterVersion"] {
                Value::Null => format!("{} has lost {}", self.name, self.labels.join(", ")),
                version => format!("version {version} of {} is {}", self.name, self.labels.join(", ")),
            })?;
        Ok(ExitCode::SUCCESS)
    }

    /// The one version that has all the labels.
    fn bearer(&self, parameters: &Parameters) -> Result<u64, Failure> {
        let versions = parameters.history(&self.name, false)?;
        let bearer = versions
            .iter()
            .find(|version| self.labels.iter().all(|label| version.labels.contains(label)));
        bearer.map(|version| version.metadata.version).ok_or_else(|| {
            Failure::Missing(format!(
                "no version of {} has {}",
                self.name,
                self.labels.join(", ")
            ))
        })
    }
}

/// The others were applied all the same, as AWS has it.
fn refused(answer: &Value, removing: bool) -> Result<(), Failure> {
    let list = answer["InvalidLabels"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let labels: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
    match (labels.as_slice(), removing) {
        ([], _) => Ok(()),
        (labels, true) => Err(Failure::Missing(format!(
            "not on that version: {}",
            labels.join(", ")
        ))),
        (labels, false) => Err(Failure::Usage(format!(
            "not a label: {}; labels have letters, digits and `_.-`, and begin neither with a digit nor with aws or ssm",
            labels.join(", ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_that_the_server_passed_over_are_an_error() {
        assert!(refused(&json!({"InvalidLabels": [], "ParameterVersion": 1}), false).is_ok());
        let error = refused(&json!({"InvalidLabels": ["1st"]}), false)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("not a label: 1st; "), "{error}");
        let error = refused(&json!({"InvalidLabels": ["x"]}), true)
            .unwrap_err()
            .to_string();
        assert_eq!(error, "not on that version: x");
    }
}
