//! `kagiban`, the workstation's command.
//!
//! Each command has a file under [`commands`]; what they share is how the server is reached: whose
//! [`credentials`], which [`endpoint`], and signed [`call`]s of it.

mod backoff;
mod call;
mod commands;
mod credentials;
mod endpoint;
mod failure;
mod output;
mod profile;
mod style;
mod tls;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
}

fn main() -> ExitCode {
    let Arguments { target, command } = Arguments::parse();
    let ended = match command {
        Command::Explain(arguments) => commands::explain::run(&arguments, &target),
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
