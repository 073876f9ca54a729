//! `kagiban`, the workstation's command.
//!
//! Each command has a file under [`commands`]; what they share is how the server is reached: whose
//! [`credentials`], which [`endpoint`], signed [`call`]s of it, and Parameter Store's [`parameters`].

mod call;
mod commands;
mod credentials;
mod endpoint;
mod failure;
mod formats;
mod output;
mod parameters;
mod profile;
mod prompt;
mod style;
mod table;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::CompleteEnv;

/// Parameters, sessions and access on your own servers, as AWS Systems Manager has them
#[derive(Parser)]
#[command(name = "kagiban", version, arg_required_else_help = true)]
struct Arguments {
    #[command(flatten)]
    target: endpoint::Target,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Explain(commands::explain::Arguments),
    #[command(subcommand)]
    Node(commands::node::Command),
    #[command(subcommand)]
    Param(commands::param::Command),
    Settings(commands::settings::Arguments),
    Webhook(commands::webhook::Arguments),
    Completion(commands::completion::Arguments),
}

fn main() -> ExitCode {
    CompleteEnv::with_factory(|| Arguments::command().name("kagiban"))
        .var(commands::completion::VARIABLE)
        .complete();
    let Arguments { target, command } = Arguments::parse();
    let ended = match command {
        Command::Explain(arguments) => commands::explain::run(&arguments, &target),
        Command::Node(command) => command.run(&target),
        Command::Param(command) => command.run(&target),
        Command::Settings(arguments) => commands::settings::run(&arguments, &target),
        Command::Webhook(arguments) => commands::webhook::run(&arguments, &target),
        Command::Completion(arguments) => commands::completion::run(&arguments),
    };
    ended.unwrap_or_else(|failure| failure.report())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        super::Arguments::command().debug_assert();
    }
}
