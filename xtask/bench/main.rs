//! What `cargo xtask bench` runs: the load generator, and the servers that it holds ours against.
//!
//! Rates and times depend on the machine and on its neighbours, so nothing here is judged by them.
//! A small server that does only what cannot be left out, the *limit*, runs on the same processor,
//! in turn with ours and under the same load; what is judged is the ratio. The program is its own
//! binary, built for release: a client that is slower than the server would measure itself.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod authorization;
mod bare;
mod client;
mod compare;
mod goals;
mod host;
mod identity;
mod kms;
mod limit;
mod options;
mod policies;
mod report;
mod roles;
mod run;
mod scale;
mod sessions;
mod setup;
mod start;
mod statistics;
mod subject;
mod workload;
mod workstation;

/// Holds the server against the least that such a server has to do.
#[derive(Parser)]
#[command(
    name = "kagiban-bench",
    bin_name = "cargo xtask bench",
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    run: options::Options,
}

#[derive(Subcommand)]
enum Part {
    /// Runs one of the reference servers until it is killed
    Limit(limit::Arguments),
    /// Runs one of the programs of a bare tunnel until it is killed
    #[command(subcommand)]
    Bare(bare::Program),
}

/// The server's own allocator, so that the limits differ from it in what they do only.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match &arguments.part {
        Some(Part::Limit(limit)) => limit::run(limit),
        Some(Part::Bare(program)) => bare::run(program),
        None => run::run(&arguments.run),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
