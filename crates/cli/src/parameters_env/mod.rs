//! Parameters as a program's environment.
//!
//! Which parameter becomes which variable is said on the command line and follows one rule; see
//! [`mapping`]. Values go from the server's answer into the new environment, and nowhere else.

mod mapping;
mod source;
mod strict;

use std::ffi::OsString;
use std::process::Command;

use kagiban_aws::SecretString;
pub(crate) use mapping::Variables;
use mapping::{Found, mapped};
pub(crate) use source::Source;

use crate::failure::Failure;
use crate::parameters::{self, Parameters};

/// How parameters become variables, besides which.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Rules {
    /// Take in what is at any depth below a path: host/port is HOST_PORT
    #[arg(long, requires = "params")]
    pub(crate) recursive: bool,
    /// Start from an empty environment: the command has the parameters and nothing else
    #[arg(long, requires = "params")]
    pub(crate) pristine: bool,
    /// Fill those variables only that are set to the placeholder, and leave none unfilled
    #[arg(long, requires = "params")]
    pub(crate) strict: bool,
    /// The placeholder of --strict
    #[arg(long, value_name = "TEXT", default_value = "chamberme")]
    pub(crate) strict_value: String,
}

/// What a command's environment will be.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Plan {
    variables: Variables,
    pristine: bool,
}

impl Plan {
    /// Reads the parameters and decides; `environment` is where placeholders are looked for.
    ///
    /// # Errors
    ///
    /// If there is nothing to read, two parameters would be one variable, a variable cannot be, or strict
    /// rules are not kept. No value is ever in the message.
    pub(crate) fn load(
        parameters: &Parameters,
        sources: &[Source],
        rules: &Rules,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Plan, Failure> {
        let mut variables = load(parameters, sources, rules.recursive)?;
        if rules.strict {
            variables = strict::filled(variables, &rules.strict_value, environment)?;
        }
        Ok(Plan {
            variables,
            pristine: rules.pristine,
        })
    }

    /// Gives them to a command, over what it has of the same name.
    pub(crate) fn apply(&self, command: &mut Command) {
        if self.pristine {
            command.env_clear();
        }
        for (name, variable) in &self.variables {
            command.env(name, variable.value.expose());
        }
    }
}

/// Reads parameters as variables.
///
/// # Errors
///
/// As for [`Plan::load`].
pub(crate) fn load(
    parameters: &Parameters,
    sources: &[Source],
    recursive: bool,
) -> Result<Variables, Failure> {
    let mut found = Vec::new();
    for source in sources {
        found.extend(read(parameters, source, recursive)?);
    }
    mapped(found)
}

fn read(parameters: &Parameters, source: &Source, recursive: bool) -> Result<Vec<Found>, Failure> {
    let found = |parameter: String, variable: String, value: SecretString| Found {
        parameter,
        variable,
        value,
    };
    match source {
        Source::One { name, variable } => {
            let parameter = parameters
                .get(name, true)
                .map_err(|failure| missing(failure, source))?;
            Ok(vec![found(name.clone(), variable.clone(), parameter.value)])
        }
        Source::Below { path, prefix } => {
            let all = match recursive {
                true => parameters.below(path, true)?,
                false => parameters.right_below(path)?,
            };
            if all.is_empty() {
                let text = format!("there is no parameter below `{path}`, for the variables {prefix}…");
                return Err(Failure::Missing(text));
            }
            let named = all.into_iter().filter_map(|parameter| {
                let variable = mapping::variable(prefix, parameters::relative(&parameter.name, path)?);
                Some(found(parameter.name, variable, parameter.value))
            });
            Ok(named.collect())
        }
    }
}

/// What is not there is told with what it was for.
fn missing(failure: Failure, source: &Source) -> Failure {
    match (source, failure.has_code("ParameterNotFound")) {
        (Source::One { name, variable }, true) => Failure::Missing(format!(
            "there is no parameter `{name}`, for the variable {variable}; end it in a slash to give what is below it"
        )),
        _ => failure,
    }
}
