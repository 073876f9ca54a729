//! `kagiban clear`: cached sessions are forgotten.

use std::process::ExitCode;

use super::obtain;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output;

/// Forget the sessions of a profile, or of all
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The profile [default: all of them]
    #[arg(id = "named", value_name = "PROFILE", add = obtain::profile_names())]
    profile: Option<String>,
}

/// Forgets, and says how many.
pub(crate) fn run(arguments: &Arguments, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
    let vault = keeping.vault(target, None)?;
    let only = arguments.profile.as_deref().map(|profile| [profile]);
    let count = vault.cache().clear(only.as_ref().map(<[&str; 1]>::as_slice))?;
    output::print(&format!("Cleared {count} sessions."))?;
    Ok(ExitCode::SUCCESS)
}
