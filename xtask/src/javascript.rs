//! The AWS SDK for JavaScript in `target/js`, as its lock file in the tests pins it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::run;

const FILES: [&str; 5] = [
    "package.json",
    "package-lock.json",
    "operations.mjs",
    "parameters.mjs",
    "refusals.mjs",
];

/// Installs the packages unless those of this lock file are there already.
///
/// # Errors
///
/// npm fails, or the files cannot be copied.
pub(crate) fn ensure(root: &Path) -> Result<()> {
    let (source, target) = (root.join("e2e/tests/clients/js"), root.join("target/js"));
    fs::create_dir_all(&target)?;
    for file in FILES {
        fs::copy(source.join(file), target.join(file)).with_context(|| file.to_owned())?;
    }
    let wanted = fs::read_to_string(source.join("package-lock.json"))?;
    let stamp = target.join("node_modules/kagiban-lock.json"); // written last: it says that all is there
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        println!("the packages are there");
        return Ok(());
    }
    let quietly = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
    run(Command::new("npm").args(quietly).current_dir(&target))?;
    Ok(fs::write(stamp, wanted)?)
}
