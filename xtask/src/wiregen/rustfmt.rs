use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Formats Rust text as the workspace does.
pub(super) fn format(root: &Path, text: &str) -> Result<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("rustfmt")?;
    let mut input = rustfmt.stdin.take().expect("it was piped above");
    // rustfmt reads all before it writes, so the two pipes cannot wait for each other.
    input.write_all(text.as_bytes())?;
    drop(input);
    let printed = rustfmt.wait_with_output()?;
    ensure!(printed.status.success(), "rustfmt refuses what was generated");
    Ok(String::from_utf8(printed.stdout)?)
}
