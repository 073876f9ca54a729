//! `cargo xtask bench`: the server held against the least that such a server has to do.
//!
//! The program that measures is a binary of its own in `xtask/bench`, built for release.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::{cargo, run as run_program};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// What the program takes; `--help` says what that is
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Builds the server and the program, and runs the program.
///
/// The two are built apart: together, they would share their dependencies' features, and the server
/// that is measured would not be the one that is shipped.
///
/// # Errors
///
/// Something does not build, or the program ends badly; both have said why.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    cargo(root, &["build", "--release", "--package", "kagiban-server"])?;
    cargo(
        root,
        &[
            "build",
            "--release",
            "--package",
            "xtask",
            "--features",
            "bench",
            "--bin",
            "kagiban-bench",
        ],
    )?;
    run_program(
        Command::new(root.join("target/release/kagiban-bench"))
            .args(&arguments.rest)
            .current_dir(root),
    )
}
