//! Chores: `cargo xtask …`.
//!
//! One module per chore; this file only names them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod deps;
mod fuzz;
mod javascript;
mod licences;
mod packages;
mod plugin;
mod process;
mod test;
mod up;
mod venv;
mod windows;
mod wiregen;

/// Kagiban's chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Generates the wire types from the pinned botocore's models
    Wiregen(wiregen::Arguments),
    /// Holds the crates' dependencies against the arrows of the architecture
    Deps,
    /// Holds the licences of everything we build on against deny.toml
    Licences,
    /// Runs everything that has to hold: checks, tests, and scenes with real AWS clients
    Test(test::Arguments),
    /// Builds and starts a server to try, and prints what to paste
    Up(up::Arguments),
    /// Holds the server against reference servers under load, and prints the ratios
    Bench(bench::Arguments),
    /// Builds the workstation's command for Windows and tries it under Wine
    Windows,
    /// Runs a parser on inputs that coverage finds
    Fuzz(fuzz::Arguments),
}

fn main() -> ExitCode {
    match run(&root(), &Arguments::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not by returning it: where backtraces are on, one would bury the message.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(root: &Path, chore: &Chore) -> anyhow::Result<()> {
    match chore {
        Chore::Wiregen(arguments) => wiregen::run(root, arguments),
        Chore::Deps => deps::run(root),
        Chore::Licences => licences::run(root),
        Chore::Test(arguments) => test::run(root, arguments),
        Chore::Up(arguments) => up::run(root, arguments),
        Chore::Bench(arguments) => bench::run(root, arguments),
        Chore::Windows => windows::run_all(root),
        Chore::Fuzz(arguments) => fuzz::run(root, arguments),
    }
}

/// The workspace: where this package was built from.
fn root() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask
        .parent()
        .expect("xtask is a directory of the workspace")
        .to_owned()
}
