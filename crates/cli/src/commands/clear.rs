//! `kagiban clear`: cached sessions are forgotten.

use std::process::ExitCode;

use super::obtain;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::{Keeping, is_aws_vault};
use crate::output;
use crate::prompt;

/// Forget the sessions of a profile, or of all
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The profile [default: all of them; on a terminal you are asked]
    #[arg(id = "named", value_name = "PROFILE", add = obtain::profile_names())]
    profile: Option<String>,
}

/// Forgets, and says how many.
pub(crate) fn run(arguments: &Arguments, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
    let named = arguments.profile.as_deref().or(target.profile());
    let profile = match named {
        Some(profile) => Some(profile.to_owned()),
        // aws-vault asks nobody, and neither is a script asked.
        None if is_aws_vault() || !keeping.may_ask() || !prompt::has_person() => None,
        None => obtain::picked(", or nothing for all", keeping, target)?,
    };
    let vault = keeping.vault(target, None)?;
    let only = profile.as_deref().map(|profile| [profile]);
    let count = vault.cache().clear(only.as_ref().map(<[&str; 1]>::as_slice))?;
    output::print(&format!("Cleared {count} sessions."))?;
    Ok(ExitCode::SUCCESS)
}
