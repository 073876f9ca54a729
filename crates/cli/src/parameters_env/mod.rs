//! Parameters as a program's environment.
//!
//! Which parameter becomes which variable is said on the command line and follows one rule; see
//! [`mapping`]. Values go from the server's answer into the new environment, and nowhere else.

mod danger;
mod files;
mod map;
mod mapping;
mod source;
mod strict;

use std::ffi::OsString;
use std::process::Command;

pub(crate) use danger::danger;
pub(crate) use files::Directory;
use kagiban_aws::SecretString;
use mapping::{Found, mapped};
pub(crate) use mapping::{Naming, Variables};
pub(crate) use source::Source;
use source::last_level;

use crate::endpoint::Target;
use crate::failure::Failure;
use crate::parameters::{self, Parameters};
use crate::vault::variable;

/// How parameters become variables, besides which.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Rules {
    #[command(flatten)]
    pub(crate) naming: Naming,
    /// Give this variable the path of a file with the value, in memory and for this user only; may be repeated
    #[arg(long, value_name = "VARIABLE", requires = "params")]
    pub(crate) as_file: Vec<String>,
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
    /// Those whose values go into files.
    as_file: Vec<String>,
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
        let mut variables = load(parameters, sources, &rules.naming)?;
        if rules.strict {
            variables = strict::filled(variables, &rules.strict_value, environment)?;
        }
        let absent = rules.as_file.iter().find(|name| !variables.contains_key(*name));
        if let Some(name) = absent {
            let text = format!("{name} is to be a file, and no parameter would be {name}");
            return Err(Failure::Missing(text));
        }
        Ok(Plan {
            variables,
            pristine: rules.pristine,
            as_file: rules.as_file.clone(),
        })
    }

    /// Whether values go into files.
    pub(crate) fn needs_files(&self) -> bool {
        !self.as_file.is_empty()
    }

    /// Writes those values that are files, all or none.
    ///
    /// # Errors
    ///
    /// If one cannot be written.
    pub(crate) fn write(&self, directory: &Directory) -> Result<(), Failure> {
        let variables = self.variables.iter();
        let files = variables.filter(|(name, _)| self.as_file.contains(name));
        let values: Vec<_> = files
            .map(|(name, variable)| (name.as_str(), &variable.value))
            .collect();
        directory.write(&values)
    }

    /// Gives them to a command, over what it has of the same name; those that are files lie in `directory`.
    pub(crate) fn apply(&self, command: &mut Command, directory: Option<&Directory>) {
        if self.pristine {
            command.env_clear();
        }
        for (name, variable) in &self.variables {
            match directory.filter(|_| self.as_file.contains(name)) {
                Some(directory) => command.env(name, directory.path(name)),
                None => command.env(name, variable.value.expose()),
            };
        }
    }
}

/// The target's parameters, to read these of them. Where a path is read, it matters what becomes of references
/// there: see [`Parameters::check_whole`].
///
/// # Errors
///
/// What is missing or cannot be used of the target's settings, and if the server cannot be reached.
pub(crate) fn parameters(target: &Target, sources: &[Source]) -> Result<Parameters, Failure> {
    let is_path = |source: &Source| matches!(source, Source::Below { .. });
    match sources.iter().any(is_path) {
        true => Parameters::as_written(target),
        false => Parameters::of(target),
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
    naming: &Naming,
) -> Result<Variables, Failure> {
    let mut found = Vec::new();
    for source in sources {
        found.extend(read(parameters, source, naming)?);
    }
    complete(&found, sources, naming)?;
    spare_credentials(&found, &naming.allow, variable("AWS_VAULT").as_deref())?;
    mapped(found, &naming.allow)
}

/// What `exec PROFILE` gives a command.
const CREDENTIALS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// Refuses what would take the place of the credentials of the profile that a command is run with.
fn spare_credentials(found: &[Found], allowed: &[String], profile: Option<&str>) -> Result<(), Failure> {
    let taken =
        |found: &&Found| CREDENTIALS.contains(&found.variable.as_str()) && !allowed.contains(&found.variable);
    match (profile, found.iter().find(taken)) {
        (
            Some(profile),
            Some(Found {
                parameter, variable, ..
            }),
        ) => Err(Failure::Usage(format!(
            "`{parameter}` would be {variable}, which is of the credentials of profile `{profile}`; give it a prefix, as in /app/=APP_, or --allow {variable}"
        ))),
        _ => Ok(()),
    }
}

/// Refuses patterns that name something which is not there.
fn complete(found: &[Found], sources: &[Source], naming: &Naming) -> Result<(), Failure> {
    let paths: Vec<&str> = sources
        .iter()
        .filter_map(|source| match source {
            Source::Below { path, .. } => Some(path.as_str()),
            Source::One { .. } => None,
        })
        .collect();
    let below = |found| move |path: &&str| parameters::relative(found, path);
    let relatives: Vec<&str> = found
        .iter()
        .flat_map(|found| paths.iter().filter_map(below(found.parameter.as_str())))
        .collect();
    for map in naming.map.iter().filter(|_| !paths.is_empty()) {
        if let Some(name) = map.missing(&relatives) {
            let paths = paths.join("`, `");
            let text = format!("there is no parameter `{name}` below `{paths}`, which --map '{map}' names");
            return Err(Failure::Missing(text));
        }
    }
    Ok(())
}

fn read(parameters: &Parameters, source: &Source, naming: &Naming) -> Result<Vec<Found>, Failure> {
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
            let default = || mapping::part(last_level(name), naming.keep_case);
            let variable = variable.clone().unwrap_or_else(default);
            Ok(vec![found(name.clone(), variable, parameter.value)])
        }
        Source::Below { path, prefix } => {
            // A pattern may have levels.
            let recursive = naming.recursive || !naming.map.is_empty();
            let all = match recursive {
                true => parameters.below(path, true)?,
                false => parameters.right_below(path)?,
            };
            parameters.check_whole(&all, path, recursive)?;
            if all.is_empty() {
                let deeper = (!naming.recursive).then(|| parameters.glance_below(path));
                return Err(none_below(path, prefix, deeper.and_then(Result::ok)));
            }
            let named = all.into_iter().filter_map(|parameter| {
                let variable = naming.variable(prefix, parameters::relative(&parameter.name, path)?)?;
                Some(found(parameter.name, variable, parameter.value))
            });
            let named: Vec<Found> = named.collect();
            match named.is_empty() {
                true => Err(Failure::Missing(format!(
                    "no parameter below `{path}` matches what --map says"
                ))),
                false => Ok(named),
            }
        }
    }
}

/// Nothing is right below a path, with a word about what is further down.
fn none_below(path: &str, prefix: &str, deeper: Option<(usize, bool)>) -> Failure {
    let variables = match prefix {
        "" => String::new(),
        prefix => format!(", for the variables {prefix}…"),
    };
    let deeper = match deeper {
        Some((1, _)) => "; 1 is further below, which --recursive takes".to_owned(),
        Some((2.., true)) => "; many are further below, which --recursive takes".to_owned(),
        Some((count @ 2.., false)) => format!("; {count} are further below, which --recursive takes"),
        _ => String::new(),
    };
    let right = if deeper.is_empty() { "" } else { "right " };
    Failure::Missing(format!(
        "there is no parameter {right}below `{path}`{variables}{deeper}"
    ))
}

/// What is not there is told with what it was for.
fn missing(failure: Failure, source: &Source) -> Failure {
    match (source, failure.has_code("ParameterNotFound")) {
        (Source::One { name, variable }, true) => {
            let variable = variable.as_deref().unwrap_or("of its last level");
            Failure::Missing(format!(
                "there is no parameter `{name}`, for the variable {variable}; end it in a slash to give what is below it"
            ))
        }
        _ => failure,
    }
}
