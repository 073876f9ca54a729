//! AWS's own session-manager-plugin in `target/plugin`, built from the sources that the tests pin.
//!
//! It is published as Go source only. Without a Go toolchain the scenes that need it cannot run, and
//! whoever started the tests has to read that.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{is_installed, run};

/// What every scene that drives the real plugin has in its name.
pub(crate) const SCENES: &str = "real_plugin";

const FILES: [&str; 3] = ["go.mod", "go.sum", "plugin.go"];
const PROGRAM: &str = "github.com/aws/session-manager-plugin/src/sessionmanagerplugin-main";

/// Tells whether there is a Go toolchain to build the plugin with.
pub(crate) fn can_be_built() -> bool {
    is_installed("go")
}

/// Builds the plugin unless that of this go.sum is there already.
///
/// # Errors
///
/// Go cannot fetch or build it, or the files cannot be copied.
pub(crate) fn ensure(root: &Path) -> Result<()> {
    let (source, target) = (root.join("e2e/tests/clients/plugin"), root.join("target/plugin"));
    fs::create_dir_all(&target)?;
    for file in FILES {
        fs::copy(source.join(file), target.join(file)).with_context(|| file.to_owned())?;
    }
    let wanted = fs::read_to_string(source.join("go.sum"))?;
    let stamp = target.join("built-from.sum"); // written last: it says that the program is there
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
