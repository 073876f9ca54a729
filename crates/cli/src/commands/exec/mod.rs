//! `kagiban exec`: a command with a profile's credentials in its environment, and nothing of ours
//! around it: the command takes this process's place.

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
use super::run::{Run, Wanted};
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::{Keeping, is_aws_vault, yes_or_no};
use crate::output;
use crate::platform::process;
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
  kagiban exec prod --params /app/db/=DB_ -- ./server   # parameters too, see `kagiban run`
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
    #[arg(long, env = "AWS_VAULT_PROFILE_ENV", hide_env = true, value_parser = yes_or_no)]
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
    #[arg(long, env = "AWS_VAULT_STDOUT", hide = true, value_parser = yes_or_no)]
    stdout: bool,
    #[command(flatten)]
    wanted: Wanted,
}

const NOT_RUNNABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Runs it; comes back only if that failed.
pub(crate) fn run(arguments: &Arguments, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
    let (profile, words) = arguments.words(target);
    if arguments.has_parameters()? && profile.is_none() && variable("AWS_PROFILE").is_none() {
        return run_without_profile(&arguments.wanted, words, target);
    }
    if arguments.lazy && arguments.served().is_none() {
        let text =
            "--lazy goes with --server or --ec2-server: a command's environment is filled before it starts";
        return Err(Failure::Usage(text.to_owned()));
    }
    obtain::refuse_nesting()?;
    let profile = obtain::profile(profile.as_deref(), keeping, target)?;
    let obtained = arguments.obtain.open(&profile, false, keeping, target)?;
    if arguments.json {
        let region = obtained.region();
        return export::print(Form::Json, &profile, &obtained.session()?, region.as_deref());
    }
    let mut environment = Environment::of_process();
    environment.describe(&profile, &obtained)?;
    if let Some(kind) = arguments.served() {
        let region = obtained.region();
        let mut keeper = Keeper::new(obtained);
        if !arguments.lazy {
            keeper.session()?;
        }
        keeper.leave_the_terminal();
        server::start(kind, keeper, region, &mut environment)?;
        return Ok(run_beside(prepare(&words, &environment)));
    }
    let session = obtained.session()?;
    match arguments.profile_env {
        true => environment.set("AWS_PROFILE", &profile),
        false => environment.give(&session),
    }
    // With parameters, it is this program again that becomes the command: it then has the credentials to
    // read them.
    let words = match arguments.has_parameters()? {
        true => arguments
            .wanted
            .words(std::env::current_exe()?.into(), &or_shell(words)),
        false => words,
    };
    Ok(replace(prepare(&words, &environment)))
}

/// A container's entry point: credentials are there already, and stay as they are.
fn run_without_profile(wanted: &Wanted, words: Vec<OsString>, target: &Target) -> Result<ExitCode, Failure> {
    let command = &or_shell(words);
    Run { wanted, command }.go(target)
}

fn or_shell(words: Vec<OsString>) -> Vec<OsString> {
    match words.is_empty() {
        true => vec![shell()],
        false => words,
    }
}

/// The command, or a shell, in this environment.
fn prepare(words: &[OsString], environment: &Environment) -> Command {
    let shell = [shell()];
    let words = if words.is_empty() { &shell } else { words };
    if words == shell {
        hint(&shell[0]);
    }
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    environment.apply(&mut command);
    command
}

impl Arguments {
    /// The profile and the command; with `--profile`, all words are the command's. So they are
    /// if they all come after `--`.
    fn words(&self, target: &Target) -> (Option<String>, Vec<OsString>) {
        let first = self.profile.iter().map(OsString::from);
        let all: Vec<OsString> = first.chain(self.command.iter().cloned()).collect();
        // For aws-vault, a profile may stand there as well.
        let is_apart = !self.wanted.params.is_empty() || !is_aws_vault();
        let only_command = is_apart && !all.is_empty() && all.len() == words_after_dashes();
        match (&self.profile, target.profile()) {
            (Some(_), Some(profile)) => (Some(profile.to_owned()), all),
            (_, profile) if only_command => (profile.map(str::to_owned), all),
            (profile, _) => (profile.clone(), self.command.clone()),
        }
    }

    /// Whether parameters are asked for, and credentials are given in a way that they can be read with.
    fn has_parameters(&self) -> Result<bool, Failure> {
        let is_asked = !self.wanted.params.is_empty();
        if !is_asked && !self.wanted.rules.naming.is_default() {
            return Err(Failure::Usage(
                "--recursive, --keep-case, --map and --allow go with --params".to_owned(),
            ));
        }
        let is_given = !self.json && !self.profile_env && self.served().is_none();
        match is_asked && !is_given {
            true => Err(Failure::Usage(
                "--params needs credentials in the environment: leave --json, --profile-env and the servers out"
                    .to_owned(),
            )),
            false => Ok(is_asked),
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

fn words_after_dashes() -> usize {
    std::env::args_os()
        .skip_while(|word| word != "--")
        .skip(1)
        .count()
}

fn shell() -> OsString {
    std::env::var_os("SHELL")
        .filter(|shell| !shell.is_empty())
        .unwrap_or_else(|| process::SHELL.into())
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

/// Puts the command in this process's place, as far as the system has that.
pub(crate) fn replace(mut command: Command) -> ExitCode {
    match process::replace(&mut command) {
        Ok(never) => match never {},
        Err(error) => not_run(&command, &error),
    }
}

/// Runs a command to its end, passing on what is for it, and returns its exit code.
pub(crate) fn run_beside(mut command: Command) -> ExitCode {
    match process::run(&mut command) {
        Ok(status) => process::exit_code(status),
        Err(error) => not_run(&command, &error),
    }
}

pub(crate) fn not_run(command: &Command, error: &std::io::Error) -> ExitCode {
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
