//! AWS's own session-manager-plugin in `target/plugin`, built from the sources that the tests pin.
//!
//! It is published as Go source only. Without a Go toolchain the scenes that need it cannot run, and
//! whoever started the tests has to read that.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::{is_installed, run};

/// What every scene that drives the real plugin has in its name.
pub(crate) const SCENES: &str = "real_plugin";

const FILES: [&str; 3] = ["go.mod", "go.sum", "plugin.go"];
/// Written last: it says that the program is there.
const STAMP: &str = "built-from.sum";
const PROGRAM: &str = "github.com/aws/session-manager-plugin/src/sessionmanagerplugin-main";

/// Tells whether it was built.
pub(crate) fn is_there(root: &Path) -> bool {
    root.join("target/plugin").join(STAMP).is_file()
}

/// Builds the plugin unless that of this go.sum is there already.
///
/// # Errors
///
/// There is no Go, it cannot fetch or build the plugin, or the files cannot be copied.
pub(crate) fn ensure(root: &Path) -> Result<()> {
    ensure!(is_installed("go"), "there is no Go toolchain");
    let (source, target) = (root.join("e2e/tests/clients/plugin"), root.join("target/plugin"));
    fs::create_dir_all(&target)?;
    for file in FILES {
        fs::copy(source.join(file), target.join(file)).with_context(|| file.to_owned())?;
    }
    let wanted = fs::read_to_string(source.join("go.sum"))?;
    let stamp = target.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        println!("the plugin is there");
        return Ok(());
    }
    let build = ["build", "-o", "session-manager-plugin", PROGRAM];
    run(go(&target).args(build))?;
    Ok(fs::write(stamp, wanted)?)
}

/// Go, with all that it keeps inside the checkout, where it can be deleted again.
fn go(target: &Path) -> Command {
    let mut go = Command::new("go");
    go.current_dir(target)
        .env("GOPATH", target.join("go"))
        .env("GOCACHE", target.join("cache"))
        .env("GOFLAGS", "-modcacherw -mod=readonly")
        .env("GOTOOLCHAIN", "local")
        .env("CGO_ENABLED", "0");
    go
}
