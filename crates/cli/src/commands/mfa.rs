//! `kagiban mfa`: an authenticator in the store, for who wants the second factor beside the first.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use kagiban_aws::SecretString;

use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output;
use crate::prompt;
use crate::vault::{Vault, add_totp, hold, remove_totp, totp_code};

/// Keep the seed of a virtual MFA device in the store, so that codes are entered by themselves
///
/// Whoever opens the store has both factors then: it is as good as the store's passphrase, and no better.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Keep a seed: base32, or an otpauth:// URL; from the terminal or standard input
    Add(Device),
    /// Print a code that was not used before
    Code(Device),
    /// Forget a seed
    Remove(Device),
}

/// A device.
#[derive(clap::Args)]
pub(crate) struct Device {
    /// The device's ARN, or a profile that names it as its mfa_serial
    device: String,
}

impl Command {
    /// Runs it.
    pub(crate) fn run(&self, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
        let vault = keeping.vault(target, None)?;
        let (Command::Add(device) | Command::Code(device) | Command::Remove(device)) = self;
        let serial = device.serial(&vault)?;
        let _lock = hold("keys");
        match self {
            Command::Add(_) => {
                add_totp(&*vault.keys, &serial, &seed()?)?;
                output::print(&format!(
                    "Codes of {serial} are entered by themselves from now on."
                ))?;
            }
            Command::Code(_) => output::print(totp_code(&*vault.keys, &serial)?.expose())?,
            Command::Remove(_) if remove_totp(&*vault.keys, &serial)? => {
                output::print(&format!("Forgot {serial}."))?;
            }
            Command::Remove(_) => {
                return Err(Failure::Missing(format!("the store has no MFA device {serial}")));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Device {
    fn serial(&self, vault: &Vault) -> Result<String, Failure> {
        let profile = vault.files.profile(&self.device, vault.inherit)?;
        match profile.as_ref().map(|profile| profile.get("mfa_serial")) {
            Some(Some(serial)) => Ok(serial.to_owned()),
            Some(None) => Err(Failure::Usage(format!(
                "profile `{}` has no mfa_serial",
                self.device
            ))),
            None => Ok(self.device.clone()),
        }
    }
}

fn seed() -> Result<SecretString, Failure> {
    match std::io::stdin().is_terminal() {
        true => prompt::secret_on_terminal("Seed or otpauth:// URL: "),
        false => Ok(prompt::standard_input(4096)?.trim().to_owned().into()),
    }
}
