//! `kagiban run`: a command with parameters in its environment, and nothing of ours around it.
//!
//! A container's entry point: the parameters are read, then the command takes this process's place. Only
//! with `--watch` this process stays, to restart or signal the command when a parameter changes, and with
//! `--as-file`, to take the files away in the end.

#[cfg(unix)]
mod supervised;
#[cfg(not(unix))]
#[path = "unsupervised.rs"]
mod supervised;

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use super::completion::parameter_names;
use super::exec::{replace, run_beside};
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::parameters::Parameters;
use crate::parameters_env::{self, Directory, Plan, Rules, Source};
use crate::platform::process;
use crate::store::withhold;

/// Run a command with parameters in its environment
///
/// A name becomes what comes below the path, in upper case, with `_` for `/`, `-` and `.`, after the prefix.
/// The command takes this process's place: its signals, its exit code and its standard input and output are
/// its own. `kagiban exec PROFILE --params …` does the same with a profile's credentials.
#[derive(clap::Args)]
#[command(after_long_help = "\
Exit codes: the command's own; else
  2    the arguments are wrong, or two parameters would be one variable
  3    there is no such parameter
  4    anything else went wrong
  126  the command cannot be run
  127  the command is not found

Examples:
  kagiban run --params /app/database/=DB_ -- ./server
  kagiban run --params /app/ --params /shared/token=API_TOKEN --pristine -- ./server
  kagiban run --params /app/ --watch --on-change hup -- nginx -g 'daemon off;'
  kagiban run --params /prefix/ --map 'database/*/{user,password,host,name,port}=DB_{}' -- ./server
  kagiban run --params /app/tls-key=TLS_KEY --as-file TLS_KEY -- ./server   # TLS_KEY is a path")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) wanted: Wanted,
    /// What to run, with its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// Which parameters, and how.
#[derive(clap::Args)]
pub(crate) struct Wanted {
    /// PATH/=PREFIX for what is below a path, or NAME=VARIABLE for one parameter; may be repeated
    #[arg(long, value_name = "PARAMETERS", add = parameter_names())]
    pub(crate) params: Vec<Source>,
    #[command(flatten)]
    pub(crate) rules: Rules,
    /// Stay, and restart or signal the command when a parameter changes (Kagiban only)
    #[arg(long, requires = "params")]
    pub(crate) watch: bool,
    /// What to do then
    #[arg(long, value_enum, default_value = "restart", requires = "watch")]
    pub(crate) on_change: OnChange,
}

/// What a change leads to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum OnChange {
    /// End it with SIGTERM, and start it with the new values
    Restart,
    /// Send it SIGHUP; its environment stays as it was
    Hup,
}

impl Arguments {
    /// Does it.
    ///
    /// # Errors
    ///
    /// As for [`Run::go`].
    pub(crate) fn run(&self, target: &Target) -> Result<ExitCode, Failure> {
        let run = Run {
            wanted: &self.wanted,
            command: &self.command,
        };
        run.go(target)
    }
}

/// A command, and what it shall have.
pub(crate) struct Run<'a> {
    pub(crate) wanted: &'a Wanted,
    /// The program and its arguments; never empty.
    pub(crate) command: &'a [OsString],
}

impl Run<'_> {
    /// Does it; comes back only if that failed, or with `--watch` at the command's end.
    ///
    /// # Errors
    ///
    /// If the parameters cannot be read or be variables.
    pub(crate) fn go(&self, target: &Target) -> Result<ExitCode, Failure> {
        if self.wanted.params.is_empty() {
            return Err(Failure::Usage(
                "which parameters? Name them with --params, such as /app/db/=DB_".to_owned(),
            ));
        }
        if self.wanted.watch {
            return supervised::run(self, target);
        }
        let parameters = parameters_env::parameters(target, &self.wanted.params)?;
        let plan = self.plan(&parameters)?;
        let directory = directory(&plan)?;
        let command = self.prepared(&plan, directory.as_ref());
        match directory {
            // This process stays, to take the files away.
            Some(_directory) => Ok(run_beside(command)),
            None => Ok(replace(command)),
        }
    }

    fn plan(&self, parameters: &Parameters) -> Result<Plan, Failure> {
        Plan::load(
            parameters,
            &self.wanted.params,
            &self.wanted.rules,
            std::env::vars_os(),
        )
    }

    fn prepared(&self, plan: &Plan, directory: Option<&Directory>) -> Command {
        let mut command = Command::new(process::find(&self.command[0]));
        process::set_name(&mut command, &self.command[0]);
        command.args(&self.command[1..]);
        withhold(&mut command);
        plan.apply(&mut command, directory);
        command
    }
}

impl Wanted {
    /// The words of a command line of this program that runs `command` so.
    pub(crate) fn words(&self, program: OsString, command: &[OsString]) -> Vec<OsString> {
        let mut words = vec![program, "run".into()];
        for source in &self.params {
            words.extend(["--params".into(), source.to_string().into()]);
        }
        let rules = &self.rules;
        let naming = &rules.naming;
        for map in &naming.map {
            words.extend(["--map".into(), map.to_string().into()]);
        }
        for name in &naming.allow {
            words.extend(["--allow".into(), name.into()]);
        }
        for name in &rules.as_file {
            words.extend(["--as-file".into(), name.into()]);
        }
        let flags = [
            (naming.recursive, "--recursive"),
            (naming.keep_case, "--keep-case"),
            (rules.pristine, "--pristine"),
            (rules.strict, "--strict"),
            (self.watch, "--watch"),
        ];
        words.extend(
            flags
                .iter()
                .filter(|(is_set, _)| *is_set)
                .map(|(_, flag)| flag.into()),
        );
        words.extend(["--strict-value".into(), rules.strict_value.clone().into()]);
        if self.on_change == OnChange::Hup {
            words.push("--on-change=hup".into());
        }
        words.push("--".into());
        words.extend_from_slice(command);
        words
    }
}

/// The values that are files, if any are, in a place of their own.
fn directory(plan: &Plan) -> Result<Option<Directory>, Failure> {
    let directory = plan.needs_files().then(Directory::new).transpose()?;
    directory.iter().try_for_each(|directory| plan.write(directory))?;
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn the_words_of_a_command_line_say_the_same() {
        let given = [
            "kagiban",
            "run",
            "--params",
            "/app/db/=DB_",
            "--params",
            "/app/token=API",
            "--map",
            "db/*=X_{}",
            "--allow",
            "HTTPS_PROXY",
            "--as-file",
            "X_KEY",
            "--keep-case",
            "--pristine",
            "--watch",
            "--strict-value",
            "x",
            "--on-change=hup",
            "--",
            "ls",
            "-la",
        ];
        let line = Line::parse_from(&given[1..]);
        let words = line
            .arguments
            .wanted
            .words(given[0].into(), &line.arguments.command);
        assert_eq!(words, given);
    }
}
