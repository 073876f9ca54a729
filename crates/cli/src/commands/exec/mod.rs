//! `kagiban exec`: a command with a profile's credentials in its environment, and nothing of ours
//! around it: the command takes this process's place.

mod child;
mod environment;
mod keeper;
mod server;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::process::{Command, ExitCode};

pub(crate) use environment::Environment;
use keeper::Keeper;
use server::Kind;

use super::export::{self, Form};
use super::obtain::{self, Obtain};
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output;
use crate::vault::variable;

/// Run a command with a profile's credentials in its environment, or a shell
///
/// The command takes this process's place: its signals, its exit code and its standard input and output
/// are its own. Where a person has to be asked, that is done on the terminal itself.
#[derive(clap::Args)]
#[command(after_long_help = "\
Exit codes: the command's own; else
  2    the arguments are wrong
  3    no such profile
  4    no credentials, or anything else went wrong
  5    a person has to answer, and none can be asked
  126  the command cannot be run
  127  the command is not found

Examples:
  kagiban exec prod -- aws sts get-caller-identity
  kagiban exec prod --duration 12h -- terraform apply
  kagiban exec prod                      # a shell")]
pub(crate) struct Arguments {
    /// The profile [default: AWS_PROFILE, else you are asked]
    #[arg(id = "named", value_name = "PROFILE", add = obtain::profile_names())]
    profile: Option<String>,
    /// What to run, with its arguments [default: $SHELL]
    #[arg(trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    #[command(flatten)]
    obtain: Obtain,
    /// Print the credentials as credential_process does, and run nothing
    #[arg(short, long, hide = true)]
    json: bool,
    /// Name the profile to the command instead of giving it credentials
    #[arg(long, env = "AWS_VAULT_PROFILE_ENV", hide_env = true)]
    profile_env: bool,
    /// Serve credentials that are renewed, as ECS does for containers
    #[arg(short, long, alias = "ecs-server", conflicts_with_all = ["ec2_server", "no_session", "expose_long_lived_key", "json", "profile_env"])]
    server: bool,
    /// The same as EC2 does for instances (IMDSv2)
    #[arg(long, conflicts_with_all = ["no_session", "expose_long_lived_key", "json", "profile_env"])]
    ec2_server: bool,
    /// With a server: get credentials when they are asked for, and not before
    #[arg(long)]
    lazy: bool,
    /// Print links instead of opening them
    #[arg(long, env = "AWS_VAULT_STDOUT", hide = true)]
    stdout: bool,
}

const NOT_RUNNABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Runs it; comes back only if that failed.
pub(crate) fn run(arguments: &Arguments, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
    obtain::refuse_nesting()?;
    let (profile, words) = arguments.words(target);
    let profile = obtain::profile(profile.as_deref(), keeping, target)?;
    let obtained = arguments.obtain.open(&profile, false, keeping, target)?;
    if arguments.json {
        let region = obtained.region();
        return export::print(Form::Json, &profile, &obtained.session()?, region.as_deref());
    }
    let mut environment = Environment::of_process();
    environment.describe(&profile, &obtained);
    if let Some(kind) = arguments.served() {
        let region = obtained.region();
        let mut keeper = Keeper::new(obtained);
        if !arguments.lazy {
            keeper.session()?;
        }
        keeper.leave_the_terminal();
        server::start(kind, keeper, region, &mut environment)?;
        return child::run(prepare(&words, &environment));
    }
    let session = obtained.session()?;
    match arguments.profile_env {
        true => environment.set("AWS_PROFILE", &profile),
        false => environment.give(&session),
    }
    Ok(replace(prepare(&words, &environment)))
}

/// The command, or a shell, with nothing but this environment.
fn prepare(words: &[OsString], environment: &Environment) -> Command {
    let shell = [shell()];
    let words = if words.is_empty() { &shell } else { words };
    if words == shell {
        hint(&shell[0]);
    }
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .env_clear()
        .envs(environment.variables());
    command
}

impl Arguments {
    /// The profile and the command; with `--profile`, all words are the command's.
    fn words(&self, target: &Target) -> (Option<String>, Vec<OsString>) {
        match (&self.profile, target.profile()) {
            (Some(first), Some(profile)) => {
                let words = [OsString::from(first)]
                    .into_iter()
                    .chain(self.command.iter().cloned());
                (Some(profile.to_owned()), words.collect())
            }
            (profile, _) => (profile.clone(), self.command.clone()),
        }
    }
}

impl Arguments {
    fn served(&self) -> Option<Kind> {
        match (self.server, self.ec2_server) {
            (true, _) => Some(Kind::Ecs),
            (_, true) => Some(Kind::Ec2),
            _ => None,
        }
    }
}

fn shell() -> OsString {
    let default = if cfg!(windows) { "cmd.exe" } else { "/bin/sh" };
    std::env::var_os("SHELL")
        .filter(|shell| !shell.is_empty())
        .unwrap_or_else(|| default.into())
}

/// A word for who might take the subshell for their own.
fn hint(shell: &OsString) {
    let is_unwanted = variable("AWS_VAULT_DISABLE_HELP_MESSAGE").is_some_and(|value| value == "1");
    if std::io::stdout().is_terminal() && std::io::stderr().is_terminal() && !is_unwanted {
        eprintln!(
            "Starting subshell {}, use `exit` to exit the subshell",
            shell.to_string_lossy()
        );
    }
}

/// Puts the command in this process's place.
#[cfg(unix)]
fn replace(mut command: Command) -> ExitCode {
    use std::os::unix::process::CommandExt as _;

    let error = command.exec();
    not_run(&command, &error)
}

/// There is no such thing here: the command is waited for.
#[cfg(not(unix))]
fn replace(mut command: Command) -> ExitCode {
    match command.status() {
        Ok(status) => ExitCode::from(
            status
                .code()
                .and_then(|code| u8::try_from(code).ok())
                .unwrap_or(1),
        ),
        Err(error) => not_run(&command, &error),
    }
}

fn not_run(command: &Command, error: &std::io::Error) -> ExitCode {
    let program = command.get_program().to_string_lossy();
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            output::remark(&format!("`{program}` is not found in PATH"));
            ExitCode::from(NOT_FOUND)
        }
        _ => {
            output::remark(&format!("`{program}` cannot be run: {error}"));
            ExitCode::from(NOT_RUNNABLE)
        }
    }
}
