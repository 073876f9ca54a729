//! Where the things lie that `cargo xtask test` has prepared.

use std::env;
use std::path::{Path, PathBuf};

/// Returns the server's binary: `KAGIBAN_SERVER_BIN`, else the debug build.
///
/// # Panics
///
/// If there is none; the message says how to make one.
pub(crate) fn server_binary() -> PathBuf {
    let path = env::var_os("KAGIBAN_SERVER_BIN")
        .map_or_else(|| target_directory().join("debug/kagiban-server"), PathBuf::from);
    present(path, "`cargo build -p kagiban-server`, or set KAGIBAN_SERVER_BIN")
}

/// Returns the workstation's binary: `KAGIBAN_CLI_BIN`, else the debug build.
pub(crate) fn cli_binary() -> PathBuf {
    let path = env::var_os("KAGIBAN_CLI_BIN")
        .map_or_else(|| target_directory().join("debug/kagiban"), PathBuf::from);
    present(path, "`cargo build -p kagiban-cli`, or set KAGIBAN_CLI_BIN")
}

/// Returns the agent's binary: `KAGIBAN_AGENT_BIN`, else the debug build.
pub(crate) fn agent_binary() -> PathBuf {
    let path = env::var_os("KAGIBAN_AGENT_BIN")
        .map_or_else(|| target_directory().join("debug/kagiban-agent"), PathBuf::from);
    present(path, "`cargo build -p kagiban-agent`, or set KAGIBAN_AGENT_BIN")
}

/// Returns the workstation's binary for Windows: `KAGIBAN_WINDOWS_BIN`, else the debug build.
pub(crate) fn windows_binary() -> PathBuf {
    let built = || target_directory().join("x86_64-pc-windows-gnu/debug/kagiban.exe");
    let path = env::var_os("KAGIBAN_WINDOWS_BIN").map_or_else(built, PathBuf::from);
    present(path, "`cargo xtask windows`")
}

/// Returns AWS's own session-manager-plugin.
pub(crate) fn aws_plugin() -> PathBuf {
    let path = target_directory().join("plugin/session-manager-plugin");
    present(path, "`cargo xtask test`, with a Go toolchain,")
}

/// Returns the model of Kagiban's own service, as the AWS CLI takes it.
pub(crate) fn own_model() -> PathBuf {
    workspace().join("crates/server/src/kagiban/service-2.json")
}

/// Returns a program of the Python environment that holds the pinned AWS CLI and boto3.
pub(crate) fn venv_binary(name: &str) -> PathBuf {
    present(
        target_directory().join("venv/bin").join(name),
        "`cargo xtask test`",
    )
}

/// Returns the directory in which `npm ci` was run.
pub(crate) fn javascript_directory() -> PathBuf {
    let directory = target_directory().join("js");
    present(
        directory.join("node_modules/@aws-sdk/client-ssm"),
        "`cargo xtask test`",
    );
    directory
}

/// Returns the directory of the client programs that belong to the tests.
pub(crate) fn clients_directory() -> PathBuf {
    package().join("tests/clients")
}

/// Returns the directory of the scripts that the documentation shows.
pub(crate) fn examples_directory() -> PathBuf {
    workspace().join("docs/examples")
}

/// Returns a program of the system, looked up in the usual directories (sbin included).
pub(crate) fn tool(name: &str) -> PathBuf {
    let directories = env::var("PATH").unwrap_or_default() + ":/usr/sbin:/usr/bin:/bin";
    directories
        .split(':')
        .map(|directory| Path::new(directory).join(name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| {
            panic!("`{name}` is not installed; `cargo xtask test` installs it when run as root")
        })
}

fn present(path: PathBuf, remedy: &str) -> PathBuf {
    assert!(path.exists(), "`{}` is missing; run {remedy}", path.display());
    path
}

fn target_directory() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

fn workspace() -> PathBuf {
    package()
        .parent()
        .expect("the package lies in the workspace")
        .to_owned()
}

fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
