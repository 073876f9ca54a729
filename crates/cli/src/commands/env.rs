//! `kagiban env`: parameters as variables, printed.

use std::process::ExitCode;

use super::completion::parameter_names;
use crate::endpoint::Target;
use crate::failure::{EXIT_CODES, Failure};
use crate::formats::{self, Entry, Syntax};
use crate::output;
use crate::parameters_env::{self, Naming, Source};

/// Print parameters as environment variables, decrypted
///
/// A name becomes what comes below the path, in upper case, with `_` for `/`, `-` and `.`, after the prefix.
#[derive(clap::Args)]
#[command(after_long_help = long_help())]
pub(crate) struct Arguments {
    /// PATH/=PREFIX for what is below a path, or NAME=VARIABLE for one parameter
    #[arg(required = true, value_name = "PARAMETERS", add = parameter_names())]
    sources: Vec<Source>,
    /// What to write
    #[arg(long, value_enum, default_value = "dotenv")]
    format: Form,
    #[command(flatten)]
    naming: Naming,
}

/// What is written.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    /// NAME=value lines
    Dotenv,
    /// An object
    Json,
    /// Lines for `eval` in a shell
    Export,
}

fn long_help() -> String {
    format!(
        "{EXIT_CODES}
The output holds secrets in the clear: mind where it goes. `kagiban run` prints nothing.

Examples:
  kagiban env /app/database/=DB_ --format export
  eval \"$(kagiban env /app/database/=DB_ /app/token=API_TOKEN --format export)\""
    )
}

impl Arguments {
    /// Does it.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from its work.
    pub(crate) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let variables = parameters_env::load(
            &parameters_env::parameters(target, &self.sources)?,
            &self.sources,
            &self.naming,
        )?;
        let entries = variables
            .into_iter()
            .map(|(name, variable)| (name, Entry::text(variable.value)));
        let syntax = match self.format {
            Form::Dotenv => Syntax::Dotenv,
            Form::Json => Syntax::Json,
            Form::Export => Syntax::Shell,
        };
        let naming = formats::Naming {
            keep_case: true,
            allow: &self.naming.allow,
        };
        output::print_bare(&syntax.write(&entries.collect(), &naming)?)?;
        Ok(ExitCode::SUCCESS)
    }
}
