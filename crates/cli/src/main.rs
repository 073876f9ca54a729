//! `kagiban`, the workstation's command.
//!
//! Each command has a file under [`commands`]; what they share is how the server is reached: whose
//! [`credentials`], which [`endpoint`], signed [`call`]s of it, and Parameter Store's [`parameters`].

mod browser;
mod call;
mod commands;
mod config;
mod credentials;
mod duration;
mod endpoint;
mod failure;
mod formats;
mod keeping;
mod output;
mod parameters;
mod parameters_env;
mod picker;
mod place;
mod platform;
mod prompt;
mod session;
mod store;
mod style;
mod table;
mod vault;

use std::alloc::System;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args as _, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use clap_complete::CompleteEnv;
use zeroizing_alloc::ZeroAlloc;

/// Wipes what is freed: a secret that is read goes through buffers of TLS, HTTP and JSON, which do not.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

/// Parameters, sessions and access on your own servers, as AWS Systems Manager has them
#[derive(Parser)]
#[command(
    name = "kagiban",
    version,
    disable_version_flag = true,
    arg_required_else_help = true
)]
struct Arguments {
    /// Print the version
    #[arg(short = 'v', visible_short_alias = 'V', long, action = clap::ArgAction::Version)]
    version: (),
    #[command(flatten)]
    target: endpoint::Target,
    #[command(flatten)]
    keeping: keeping::Keeping,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Exec(commands::exec::Arguments),
    Export(commands::export::Arguments),
    Env(commands::env::Arguments),
    Run(commands::run::Arguments),
    SshAgent(commands::ssh_agent::Arguments),
    Login(commands::login::Arguments),
    Add(commands::add::Arguments),
    #[command(visible_alias = "ls")]
    List(commands::list::Arguments),
    #[command(visible_alias = "rm")]
    Remove(commands::remove::Arguments),
    Rotate(commands::rotate::Arguments),
    Clear(commands::clear::Arguments),
    #[command(subcommand)]
    Mfa(commands::mfa::Command),
    #[command(subcommand)]
    Sso(commands::sso::Command),
    #[command(subcommand)]
    Store(commands::store::Command),
    #[command(subcommand)]
    Profile(commands::profile::Command),
    #[command(subcommand)]
    GitCredential(commands::git_credential::Command),
    Explain(commands::explain::Arguments),
    #[command(subcommand)]
    Node(commands::node::Command),
    #[command(subcommand)]
    Param(commands::param::Command),
    #[command(subcommand)]
    Session(commands::session::Command),
    Settings(commands::settings::Arguments),
    SshConfig(commands::session::SshConfig),
    SshProxy(commands::session::SshProxy),
    Webhook(commands::webhook::Arguments),
    Doctor(commands::doctor::Arguments),
    Completion(commands::completion::Arguments),
    Man(commands::man::Arguments),
    /// Print the version
    #[command(hide = true)] // as aws-vault has it
    Version,
}

fn main() -> ExitCode {
    let mut words = std::env::args_os();
    if session::plugin::is_called(words.next().as_ref()) {
        return session::plugin::main(words);
    }
    CompleteEnv::with_factory(|| Arguments::command().name("kagiban"))
        .var(commands::completion::VARIABLE)
        .complete();
    let Arguments {
        target,
        keeping,
        command,
        ..
    } = Arguments::of_process();
    let target = target.with(&keeping);
    let ended = match command {
        Command::Exec(arguments) => commands::exec::run(&arguments, &keeping, &target),
        Command::Export(arguments) => commands::export::run(&arguments, &keeping, &target),
        Command::Env(arguments) => arguments.run(&target),
        Command::Run(arguments) => arguments.run(&target),
        Command::SshAgent(arguments) => arguments.run(&keeping, &target),
        Command::Login(arguments) => commands::login::run(&arguments, &keeping, &target),
        Command::Add(arguments) => commands::add::run(&arguments, &keeping, &target),
        Command::List(arguments) => commands::list::run(&arguments, &keeping, &target),
        Command::Remove(arguments) => commands::remove::run(&arguments, &keeping, &target),
        Command::Rotate(arguments) => commands::rotate::run(&arguments, &keeping, &target),
        Command::Mfa(command) => command.run(&keeping, &target),
        Command::Sso(command) => command.run(&keeping, &target),
        Command::Store(command) => command.run(&keeping, &target),
        Command::Clear(arguments) => commands::clear::run(&arguments, &keeping, &target),
        Command::Profile(command) => command.run(&keeping, &target),
        Command::GitCredential(command) => command.run(&target),
        Command::Explain(arguments) => commands::explain::run(&arguments, &target),
        Command::Node(command) => command.run(&target),
        Command::Param(command) => command.run(&target),
        Command::Session(command) => command.run(&target),
        Command::Settings(arguments) => commands::settings::run(&arguments, &target),
        Command::SshConfig(command) => command.run(),
        Command::SshProxy(command) => command.run(&target),
        Command::Webhook(arguments) => commands::webhook::run(&arguments, &target),
        Command::Doctor(arguments) => commands::doctor::run(&arguments, &keeping, &target),
        Command::Completion(arguments) => commands::completion::run(&arguments),
        Command::Man(arguments) => commands::man::run(&arguments, Arguments::command()),
        Command::Version => {
            output::print(concat!("kagiban ", env!("CARGO_PKG_VERSION"))).map(|()| ExitCode::SUCCESS)
        }
    };
    match ended {
        // Its only code for what went wrong.
        Err(failure) if keeping::is_aws_vault() => {
            failure.report();
            ExitCode::FAILURE
        }
        ended => ended.unwrap_or_else(|failure| failure.report()),
    }
}

impl Arguments {
    /// What this process was called with; ends it if that is wrong, or asks for help.
    fn of_process() -> Arguments {
        let words: Vec<OsString> = std::env::args_os().collect();
        Arguments::of_frequent(&words)
            .unwrap_or_else(|| Arguments::try_parse_from(words).unwrap_or_else(|refused| complain(&refused)))
    }

    /// What the words say if they begin with one of the [frequent](Command::frequent) commands, and are right.
    /// To build the arguments of all the other commands would take longer than all else that it does;
    /// help and complaints, which know all of them, can wait for that.
    fn of_frequent(words: &[OsString]) -> Option<Arguments> {
        let mut frequent = Command::frequent().into_iter();
        let (name, with_its_own) =
            frequent.find(|(name, _)| words.get(1).is_some_and(|word| word == name))?;
        let shared = endpoint::Target::augment_args(clap::Command::new("kagiban"));
        let alone = keeping::Keeping::augment_args(shared).subcommand(with_its_own(clap::Command::new(name)));
        Arguments::from_arg_matches(&alone.try_get_matches_from(words).ok()?).ok()
    }
}

type GivesArguments = fn(clap::Command) -> clap::Command;

impl Command {
    /// The commands that programs start for each of their steps, and what gives them their arguments.
    fn frequent() -> [(&'static str, GivesArguments); 4] {
        [
            ("exec", commands::exec::Arguments::augment_args),
            ("export", commands::export::Arguments::augment_args),
            ("env", commands::env::Arguments::augment_args),
            ("run", commands::run::Arguments::augment_args),
        ]
    }
}

/// Ends the process with clap's words, and with aws-vault's only code where it stands in for that.
fn complain(refused: &clap::Error) -> ! {
    if refused.use_stderr() && keeping::is_aws_vault() {
        // Nobody is left to tell if they cannot be printed.
        let _ = refused.print();
        std::process::exit(1);
    }
    refused.exit()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::mem::discriminant;

    use clap::{CommandFactory as _, Parser as _};

    use super::Arguments;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_page() {
        let directory = tempfile::TempDir::new().unwrap();
        let count = crate::commands::man::write(Arguments::command(), directory.path()).unwrap();
        let mut commands = vec![("kagiban".to_owned(), Arguments::command())];
        let mut expected = 0;
        while let Some((name, command)) = commands.pop() {
            expected += 1;
            let page = std::fs::read_to_string(directory.path().join(format!("{name}.1"))).unwrap();
            assert!(page.contains(&format!(".TH {name} 1")), "{page}");
            let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
            commands.extend(shown.map(|below| (format!("{name}-{}", below.get_name()), below.clone())));
        }
        assert_eq!(count, expected);
        assert!(count > 50, "{count}");
    }

    #[test]
    fn a_profile_to_open_is_not_the_profile_that_calls() {
        let words = ["kagiban", "exec", "dev", "ls", "-la"];
        let arguments = Arguments::try_parse_from(words).unwrap();
        assert_eq!(arguments.target.profile(), None);
    }

    /// The words of a line as a process gets them.
    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(Into::into).collect()
    }

    #[test]
    fn a_frequent_command_is_understood_as_among_all_the_others() {
        for line in [
            "kagiban exec dev -- ls -la",
            "kagiban exec --profile dev --region eu-west-1 -- ls",
            "kagiban export --format=json dev --no-input",
            "kagiban env /app/",
            "kagiban run /app/ -- ./server",
        ] {
            let alone = Arguments::of_frequent(&words(line)).expect(line);
            let among = Arguments::try_parse_from(words(line)).expect(line);
            assert_eq!(alone.target.profile(), among.target.profile(), "{line}");
            assert_eq!(
                discriminant(&alone.command),
                discriminant(&among.command),
                "{line}"
            );
        }
    }

    #[test]
    fn help_and_complaints_and_all_else_know_all_commands() {
        for line in [
            "kagiban",
            "kagiban --help",
            "kagiban exec --help",
            "kagiban exec dev --no-such-flag",
            "kagiban --profile exec list",
            "kagiban --profile dev exec ls",
            "kagiban list",
            "kagiban help exec",
        ] {
            assert!(Arguments::of_frequent(&words(line)).is_none(), "{line}");
        }
    }
}
