//! `kagiban-agent unit`: the unit for systemd.

use std::process::ExitCode;

use crate::failure::Failure;

const UNIT: &str = include_str!("../../../../packaging/kagiban-agent.service");

/// Print a unit for systemd
///
/// As root: kagiban-agent unit > /etc/systemd/system/kagiban-agent.service
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_arguments: &Arguments) -> Result<ExitCode, Failure> {
    let program = std::env::current_exe()?;
    print!(
        "{}",
        UNIT.replace("/usr/bin/kagiban-agent", &program.to_string_lossy())
    );
    Ok(ExitCode::SUCCESS)
}
