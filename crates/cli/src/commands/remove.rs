//! `kagiban remove`: a key leaves the store.

use std::process::ExitCode;

use super::obtain;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output;
use crate::prompt;
use crate::vault::{StoredKey, hold};

/// Remove a profile's key from the store
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The profile
    #[arg(id = "named", value_name = "PROFILE", add = obtain::profile_names())]
    profile: String,
    /// Do not ask
    #[arg(short, long)]
    force: bool,
    /// Take the profile out of ~/.aws/config as well
    #[arg(long)]
    config: bool,
    /// Only its sessions
    #[arg(short, long, hide = true)]
    sessions_only: bool,
}

/// Asks, and removes.
pub(crate) fn run(arguments: &Arguments, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
    let mut vault = keeping.vault(target, None)?;
    let profile = arguments.profile.as_str();
    if arguments.sessions_only {
        let count = vault.forget_sessions_from(profile)?;
        output::print(&format!("Deleted {count} sessions."))?;
        return Ok(ExitCode::SUCCESS);
    }
    let stored = StoredKey::profiles(&*vault.keys)?;
    let has_key = stored.iter().any(|known| known == profile);
    if arguments.config {
        vault.files.may_change()?;
    }
    // A role has no key of its own, and is a profile all the same.
    let is_known = has_key || (arguments.config && vault.files.is_in_config(profile));
    if !is_known {
        return Err(Failure::Missing(format!(
            "{} has no key for profile `{profile}`",
            vault.keys.describe()
        )));
    }
    if !arguments.force {
        let what = if has_key {
            "credentials for profile"
        } else {
            "the profile"
        };
        confirm(&format!("Delete {what} {profile:?}? (y|N) "), keeping)?;
    }
    let _lock = hold("keys");
    // Sessions outlive the key they were made with, and are worth as much.
    let sessions = vault.forget_sessions_from(profile)?;
    if has_key {
        StoredKey::remove(&*vault.keys, profile)?;
        output::print("Deleted credentials.")?;
    }
    if sessions > 0 {
        output::print(&format!("Deleted {sessions} sessions."))?;
    }
    if arguments.config && vault.files.remove_profile(profile)? {
        output::print("Deleted the profile.")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks on the terminal, where no flag has said yes.
pub(super) fn confirm(question: &str, keeping: &Keeping) -> Result<(), Failure> {
    if !keeping.may_ask() {
        return Err(Failure::Human(format!(
            "{question}Nobody is here to say yes; give --force"
        )));
    }
    match prompt::line_on_terminal(question)?.to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::Declined),
    }
}
