//! `cargo xtask windows`: the workstation's command for Windows, built here and tried under Wine.
//!
//! It takes a compiler, a standard library and a build of everything for another system, so it is a
//! chore of its own and no step of `cargo xtask test`.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::packages;
use crate::process::{cargo, is_installed, run};

/// What std, our C and Wine know it by.
const TARGET: &str = "x86_64-pc-windows-gnu";

const PROGRAMS: &[(&str, &str)] = &[
    ("wine", "wine"),
    ("wineboot-stable", "wine"),
    ("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64"),
];

/// Prepares, builds, lints, and runs the scenes.
///
/// # Errors
///
/// Something is missing and cannot be installed, or one of the steps fails.
pub(crate) fn run_all(root: &Path) -> Result<()> {
    packages::ensure_these(PROGRAMS)?;
    add_target(root)?;
    let of_it = ["--package", "kagiban-cli", "--target", TARGET];
    build(
        root,
        &[&["clippy"], &of_it[..], &["--", "--deny", "warnings"]].concat(),
    )?;
    build(root, &[&["build"], &of_it[..]].concat())?;
    build_random(root)?;
    cargo(root, &["build", "--package", "kagiban-server"])?;
    let scenes = [
        "test",
        "--package",
        "kagiban-e2e",
        "--test",
        "scenes",
        "windows::",
    ];
    cargo(root, &[&scenes[..], &["--", "--ignored"]].concat())
}

/// The assembler's part of the cryptography comes with it, assembled.
fn build(root: &Path, arguments: &[&str]) -> Result<()> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    run(command
        .args(arguments)
        .current_dir(root)
        .env("AWS_LC_SYS_PREBUILT_NASM", "1"))
}

/// What older versions of Wine lack, beside the program that needs it.
fn build_random(root: &Path) -> Result<()> {
    let source = root.join("e2e/tests/clients/wine/bcryptprimitives.c");
    let library = root
        .join("target")
        .join(TARGET)
        .join("debug/bcryptprimitives.dll");
    run(Command::new("x86_64-w64-mingw32-gcc")
        .args(["-O2", "-shared", "-o"])
        .args([library, source])
        .arg("-ladvapi32"))
}

fn add_target(root: &Path) -> Result<()> {
    ensure!(
        is_installed("rustup"),
        "there is no rustup to get {TARGET}'s standard library with"
    );
    run(Command::new("rustup")
        .args(["target", "add", TARGET])
        .current_dir(root))
}
