//! `kagiban param export`: what is below a path, as a file.

use std::process::ExitCode;

use crate::commands::completion::parameter_names;
use crate::endpoint::Target;
use crate::failure::{EXIT_CODES, Failure};
use crate::formats::{Entries, Entry, Naming, Syntax};
use crate::output;
use crate::parameters::{self, Parameter, Parameters};

/// Print everything below a path, decrypted, as a file that `import` reads
///
/// JSON, YAML and TOML keep the names, with a level for each of theirs. In dotenv and shell they become names
/// of variables: db/url is DB_URL. Files say nothing of types, keys and tags; `copy` keeps those.
/// References to other parameters, which a Kagiban account may have, are written as they are.
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// The path
    #[arg(add = parameter_names())]
    path: String,
    /// What to write
    #[arg(long, value_enum, default_value = "json")]
    format: Syntax,
    /// Leave the names of variables in the case that they have
    #[arg(long)]
    keep_case: bool,
    /// Let a parameter be this variable, though it decides what code runs or where calls go; may be repeated
    #[arg(long, value_name = "VARIABLE")]
    allow: Vec<String>,
    /// Write what references to other parameters stand for; fails if one of them leads nowhere
    #[arg(long)]
    resolved: bool,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
The output holds secrets in the clear: mind where it goes.

Examples:
  kagiban param export /prod/db --format yaml
  eval \"$(kagiban param export /prod/db --format shell --resolved)\"
  (umask 077; kagiban param export /prod --format dotenv --resolved > .env)"
    )
}

impl Arguments {
    pub(super) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let path = parameters::path(&self.path)?;
        let parameters = Parameters::as_written(target)?;
        let all = match self.resolved {
            true => parameters.resolved_below(path)?,
            false => parameters.written_below(path)?,
        };
        if all.is_empty() {
            return Err(Failure::Missing(format!("there is no parameter below {path}")));
        }
        let naming = Naming {
            keep_case: self.keep_case,
            allow: &self.allow,
        };
        let text = self.format.write(&entries(all, path), &naming)?;
        output::print_bare(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn entries(all: Vec<Parameter>, path: &str) -> Entries {
    let named = all.into_iter().filter_map(|parameter| {
        let name = parameters::relative(&parameter.name, path)?.to_owned();
        let entry = Entry {
            is_list: parameter.kind == "StringList",
            value: parameter.value,
        };
        Some((name, entry))
    });
    named.collect()
}
