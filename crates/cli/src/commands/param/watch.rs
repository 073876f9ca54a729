//! `kagiban param watch`: changes as they happen.

use std::process::ExitCode;

use crate::commands::completion::parameter_names;
use crate::endpoint::{Service, Target};
use crate::failure::Failure;
use crate::output::{self, Format};
use crate::parameters::{self, Change, Watch};
use crate::style::safe;

/// Print changes below a path as they happen, without values (Kagiban only)
///
/// It goes on through restarts of the server, without missing what happened meanwhile. Only changes of
/// parameters are told that may be read (ssm:GetParameter).
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    /// The path
    #[arg(add = parameter_names())]
    path: String,
    /// Only what is right below the path
    #[arg(long)]
    not_recursive: bool,
    #[command(flatten)]
    format: Format,
}

const HELP: &str = "\
It ends when it is interrupted. For a program each line is a JSON object.

Examples:
  kagiban param watch /prod
  kagiban param watch /prod | while read -r change; do systemctl reload app; done";

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let client = target.client(Service::Kagiban)?;
        let path = parameters::path(&self.path)?;
        let mut watch = Watch::new(client, path.to_owned(), !self.not_recursive);
        // An endpoint that is wrong from the beginning is an error, and no reason to wait.
        self.show(&watch.begin()?)?;
        output::remark(&format!("watching {path}"));
        loop {
            self.show(&watch.next()?)?;
        }
    }

    fn show(&self, changes: &[Change]) -> Result<(), Failure> {
        changes.iter().try_for_each(|change| match self.format.is_json() {
            true => output::print_json_line(change),
            false => output::print(&line(change)),
        })
    }
}

fn line(change: &Change) -> String {
    let version = change.version.map(|version| format!("  version {version}"));
    let version = version.unwrap_or_default();
    format!(
        "{}  {:<6}  {}{version}",
        change.date,
        safe(&change.kind),
        safe(&change.name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_one_line() {
        let text = r#"{"Kind":"Put","Name":"/prod/x","Version":3,"Type":"String","Date":1769850487.9}"#;
        let change: Change = serde_json::from_str(text).unwrap();
        assert_eq!(line(&change), "2026-01-31T09:08:07Z  Put     /prod/x  version 3");
        let change: Change = serde_json::from_str(r#"{"Kind":"Delete","Name":"/x","Date":0}"#).unwrap();
        assert_eq!(line(&change), "1970-01-01T00:00:00Z  Delete  /x");
    }
}
