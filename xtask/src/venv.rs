//! The Python environment in `target/venv`: AWS's models and AWS's own clients, pinned.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Returns the environment's `python`, making or renewing the environment if `python.txt` asks for
/// another one than is there. Says what it does on standard error.
///
/// # Errors
///
/// Without `python3` and its `venv` module, when the packages cannot be installed, or when another
/// environment is wanted than the one that a symbolic link shares with somebody.
pub(crate) fn ensure(root: &Path) -> Result<PathBuf> {
    let requirements = root.join("xtask/python.txt");
    let wanted = fs::read_to_string(&requirements).with_context(|| requirements.display().to_string())?;
    let venv = root.join("target/venv");
    let python = venv.join("bin/python");
    let stamp = venv.join("kagiban-requirements.txt"); // written last: it says that all is there
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    // Clearing goes through a link: others would lose what they use.
    ensure!(
        !venv.is_symlink(),
        "{} is a symbolic link to an environment for another xtask/python.txt; remove the link to have one made here",
        venv.display()
    );
    eprintln!(
        "making the Python environment {} (AWS CLI, boto3) …",
        venv.display()
    );
    // A half-made environment is made anew.
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))
        .context("python3 with its venv module is needed (Debian: apt-get install python3-venv)")?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ];
    run(Command::new(&python).args(install).arg(&requirements))?;
    fs::write(&stamp, wanted)?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?} failed: {status}");
    Ok(())
}
