//! `kagiban param delete`: some parameters, or all below a path.

use std::process::ExitCode;

use serde::Serialize;

use super::forgotten::Forgotten;
use crate::commands::completion::parameter_names;
use crate::endpoint::Target;
use crate::failure::{EXIT_CODES, Failure};
use crate::output::Format;
use crate::parameters::{self, Parameters};
use crate::prompt;

/// Delete parameters, all their versions with them
#[derive(clap::Args)]
#[command(visible_alias = "rm", after_long_help = long_help())]
pub(crate) struct Arguments {
    /// Their names; with --recursive, a path below which all are deleted
    #[arg(required = true, value_name = "NAME", add = parameter_names())]
    names: Vec<String>,
    /// Delete everything below PATH, at any depth
    #[arg(long, short)]
    recursive: bool,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    format: Format,
}

/// How far a command may go.
#[derive(clap::Args)]
pub(super) struct Consent {
    /// Only show what would be done
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    pub(super) yes: bool,
}

impl Consent {
    /// What a person has to be told before saying yes.
    pub(super) fn forgets(&self, target: &Target, names: &[String]) -> Forgotten {
        match self.yes {
            true => Forgotten::default(),
            false => Forgotten::with(target, names),
        }
    }
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
A Kagiban server keeps what was deleted for a while: see `kagiban param deleted` and `undelete`. AWS does not.
Of each name only the last is kept: what was deleted earlier under the same name goes for good then.

Examples:
  kagiban param delete /dev/db/url
  kagiban param delete --recursive /dev --dry-run
  kagiban param delete --recursive /dev --yes"
    )
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome {
    dry_run: bool,
    deleted: Vec<String>,
    missing: Vec<String>,
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let parameters = Parameters::of(target)?;
        let names = match self.recursive {
            true => self.below(&parameters)?,
            false => self.names.clone(),
        };
        let mut outcome = Outcome {
            dry_run: self.consent.dry_run,
            ..Outcome::default()
        };
        if !self.consent.dry_run && !names.is_empty() {
            let forgotten = self.consent.forgets(target, &names);
            prompt::confirm(&format!("{}{forgotten}", question(&names)), self.consent.yes)?;
            outcome.missing = parameters.delete(&names)?;
        }
        outcome.deleted = names;
        outcome.deleted.retain(|name| !outcome.missing.contains(name));
        self.format.print(&outcome, people)?;
        match outcome.missing.as_slice() {
            [] => Ok(ExitCode::SUCCESS),
            missing => Err(Failure::Missing(format!("not there: {}", missing.join(", ")))),
        }
    }

    fn below(&self, parameters: &Parameters) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for path in &self.names {
            let path = parameters::path(path)?;
            let found = parameters.described_below(path)?;
            if found.is_empty() {
                return Err(Failure::Missing(format!("there is no parameter below {path}")));
            }
            names.extend(found.into_iter().map(|metadata| metadata.name));
        }
        names.sort();
        names.dedup();
        Ok(names)
    }
}

fn question(names: &[String]) -> String {
    match names {
        [name] => format!("Delete {name}?"),
        names => format!(
            "Delete {} parameters, from {} to {}?",
            names.len(),
            names[0],
            names[names.len() - 1]
        ),
    }
}

fn people(outcome: &Outcome) -> String {
    let verb = if outcome.dry_run {
        "would delete"
    } else {
        "deleted"
    };
    let lines: Vec<String> = outcome
        .deleted
        .iter()
        .map(|name| format!("{verb} {name}"))
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_asked_with_the_names_in_view() {
        let names = ["/a".to_owned(), "/b".to_owned(), "/c".to_owned()];
        assert_eq!(question(&names[..1]), "Delete /a?");
        assert_eq!(question(&names), "Delete 3 parameters, from /a to /c?");
    }
}
