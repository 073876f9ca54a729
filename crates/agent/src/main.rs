//! `kagiban-agent`, which runs on each managed machine: it dials out, and nobody has to dial in.
//!
//! [`register`](commands::register) makes the machine a node, with a key of its own that never leaves it.
//! [`run`](commands::run) proves with that key who it is, gets short-lived credentials and holds the
//! [`control`] channel, over which sessions are ordered. Each [`session`] is a process of its own
//! ([`workers`]), so that it goes on while the agent is restarted or replaced.

mod commands;
mod control;
mod data;
mod descriptor;
mod failure;
mod node;
mod origin;
mod random;
mod session;
mod workers;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Makes this machine a managed node: sessions and commands without an open port
#[derive(Parser)]
#[command(name = "kagiban-agent", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Register(commands::register::Arguments),
    Run(commands::run::Arguments),
    Doctor(commands::doctor::Arguments),
    Unit(commands::unit::Arguments),
    /// One session; started by `run`
    #[command(hide = true)]
    SessionWorker(session::Arguments),
    /// One program of a session; started by its worker
    #[command(hide = true)]
    Exec,
}

fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::Register(arguments) => commands::register::run(arguments),
        Command::Run(arguments) => commands::run::run(&arguments),
        Command::Doctor(arguments) => commands::doctor::run(&arguments),
        Command::Unit(arguments) => commands::unit::run(&arguments),
        Command::SessionWorker(arguments) => session::run(&arguments),
        Command::Exec => session::child::exec(),
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
