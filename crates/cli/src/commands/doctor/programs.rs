//! Programs that go with this one, in PATH: AWS's CLI and its plugin for sessions.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use super::Report;
use crate::store::withhold;

/// How long a program may take to say its version, and how much it may say.
const PATIENCE: Duration = Duration::from_secs(10);
const MAX_OUTPUT: u64 = 4096;

/// Looks for them.
pub(super) fn examine(report: &mut Report) {
    examine_plugin(report);
    match find("aws") {
        Some(path) => match version(&path) {
            Some(version) => report.well("aws CLI", format!("{}: {version}", path.display())),
            None => report.wrong(
                "aws CLI",
                format!("{} does not say its version", path.display()),
                None,
            ),
        },
        None => report.note(
            "aws CLI",
            "not found in PATH; this program does not need it",
            None,
        ),
    }
}

fn examine_plugin(report: &mut Report) {
    const CHECK: &str = "session plugin";

    let Some(path) = find("session-manager-plugin") else {
        let hint = "for `aws ssm start-session`, link this program: ln -s $(command -v kagiban) /usr/local/bin/session-manager-plugin";
        let text = "not found in PATH; `kagiban session` does not need it";
        report.note(CHECK, text, Some(hint));
        return;
    };
    let whose = if is_this_program(&path) {
        "this program"
    } else {
        "AWS's, or another"
    };
    match version(&path) {
        Some(version) => report.well(CHECK, format!("{}: {whose}, {version}", path.display())),
        None => report.wrong(
            CHECK,
            format!("{} does not say its version", path.display()),
            None,
        ),
    }
}

fn is_this_program(path: &Path) -> bool {
    let own = env::current_exe().and_then(fs::canonicalize);
    own.is_ok_and(|own| fs::canonicalize(path).is_ok_and(|path| path == own))
}

fn find(name: &str) -> Option<PathBuf> {
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|directory| directory.join(&name))
        .find(|path| path.is_file())
}

/// The first line that a program prints, if it does so in time.
fn version(program: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    withhold(&mut command);
    let mut child = command.spawn().ok()?;
    if !ends_in_time(&mut child) {
        let _ = child.kill();
        let _ = child.wait();
        return None;
    }
    let mut text = String::new();
    child
        .stdout
        .take()?
        .take(MAX_OUTPUT)
        .read_to_string(&mut text)
        .ok()?;
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    Some(line.trim().to_owned())
}

fn ends_in_time(child: &mut Child) -> bool {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => thread::sleep(Duration::from_millis(10)),
            Err(_) => return false,
        }
    }
    false
}
