//! `cargo xtask bench`: the server held against the least that such a server has to do.
//!
//! The program that measures is a binary of its own in `xtask/bench`, built for release.

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::{cargo, run as run_program};

#[path = "../bench/options.rs"]
mod options;

/// What the program takes: explained and refused here, before anything is built.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    _options: options::Options,
}

/// Builds what is measured and the program, and runs the program.
///
/// Product and program are built apart: together, they would share their dependencies' features, and
/// what is measured would not be what is shipped.
///
/// # Errors
///
/// Something does not build, or the program ends badly; both have said why.
pub(crate) fn run(root: &Path, _: &Arguments) -> Result<()> {
    for package in ["kagiban-server", "kagiban-agent", "kagiban-cli"] {
        cargo(root, &["build", "--release", "--package", package])?;
    }
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
            .args(env::args_os().skip(2)) // after `xtask bench`
            .current_dir(root),
    )
}
