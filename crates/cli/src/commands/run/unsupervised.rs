//! `--watch` where a command cannot be told to end by a signal: it is refused.

use std::process::ExitCode;

use super::Run;
use crate::endpoint::Target;
use crate::failure::Failure;

/// # Errors
///
/// Always.
pub(super) fn run(_: &Run<'_>, _: &Target) -> Result<ExitCode, Failure> {
    let text = "--watch is not on Windows: it tells the command by signals";
    Err(Failure::Usage(text.to_owned()))
}
