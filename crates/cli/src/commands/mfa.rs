//! `kagiban mfa`: an authenticator in the store, for who wants the second factor beside the first.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use kagiban_aws::SecretString;
use serde::Serialize;

use super::obtain::profile_names;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output::{self, Format};
use crate::prompt;
use crate::style::Style;
use crate::table::Table;
use crate::vault::{Vault, add_totp, hold, remove_totp, totp_code, totp_devices};

/// Keep the seed of a virtual MFA device in the store, so that codes are entered by themselves
///
/// Whoever opens the store has both factors then: it is as good as the store's passphrase, and no better.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Keep a seed: base32, or an otpauth:// URL; from the terminal or standard input
    Add(Device),
    /// Print a code that was not used before
    Code(Device),
    List(List),
    /// Forget a seed
    Remove(Device),
}

/// A device.
#[derive(clap::Args)]
pub(crate) struct Device {
    /// The device's ARN, or a profile that leads to it by its mfa_serial
    #[arg(add = profile_names())]
    device: String,
}

/// List the devices whose seeds are in the store, without unlocking it
#[derive(clap::Args)]
pub(crate) struct List {
    #[command(flatten)]
    format: Format,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    serial_number: String,
    /// Those that name it as their mfa_serial.
    profiles: Vec<String>,
}

impl Command {
    /// Runs it.
    pub(crate) fn run(&self, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
        let vault = keeping.vault(target, None)?;
        match self {
            Command::Add(device) => device.add(&vault)?,
            Command::Code(device) => device.code(&vault)?,
            Command::List(list) => list
                .format
                .print(&rows(&vault)?, |rows| table(rows, Style::of_output()))?,
            Command::Remove(device) => device.remove(&vault)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Device {
    fn add(&self, vault: &Vault) -> Result<(), Failure> {
        let serial = self.serial(vault)?;
        // What a profile says is used for its codes, whatever it is.
        if serial == self.device && !is_serial(&serial) {
            return Err(Failure::Missing(format!(
                "there is no profile `{serial}`, and no MFA device is called so: name its ARN, as in arn:aws:iam::111122223333:mfa/phone"
            )));
        }
        let _lock = hold("keys");
        add_totp(&*vault.keys, &serial, &seed()?)?;
        output::print(&format!(
            "Codes of {serial} are entered by themselves from now on."
        ))
    }

    fn code(&self, vault: &Vault) -> Result<(), Failure> {
        let serial = self.serial(vault)?;
        let _lock = hold("keys");
        output::print(totp_code(&*vault.keys, &serial)?.expose())
    }

    fn remove(&self, vault: &Vault) -> Result<(), Failure> {
        let serial = self.serial(vault)?;
        let _lock = hold("keys");
        match remove_totp(&*vault.keys, &serial)? {
            true => output::print(&format!("Forgot {serial}.")),
            false => Err(Failure::Missing(format!("the store has no MFA device {serial}"))),
        }
    }

    /// The device of a profile, its own or that of the profile with its key; else what was given.
    fn serial(&self, vault: &Vault) -> Result<String, Failure> {
        let Some(profile) = vault.files.profile(&self.device, vault.inherit)? else {
            return Ok(self.device.clone());
        };
        let origin = || {
            let chain = vault.chain(&self.device).ok()?;
            chain.origin.get("mfa_serial").map(str::to_owned)
        };
        let serial = profile.get("mfa_serial").map(str::to_owned);
        serial.or_else(origin).ok_or_else(|| {
            Failure::Usage(format!(
                "profile `{}` has no mfa_serial, and leads to none",
                self.device
            ))
        })
    }
}

/// Whether a device may be called so: by an ARN, or by a serial number, which is of capitals and digits.
fn is_serial(text: &str) -> bool {
    let is_arn = text.starts_with("arn:") && text.contains(":mfa/");
    let is_number = text.len() >= 9
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    is_arn || is_number
}

fn rows(vault: &Vault) -> Result<Vec<Row>, Failure> {
    let names = vault.files.names().into_iter();
    let serial = |name: &str| {
        let profile = vault.files.profile(name, vault.inherit).ok()??;
        profile.get("mfa_serial").map(str::to_owned)
    };
    let known: Vec<(&str, String)> = names.filter_map(|name| Some((name, serial(name)?))).collect();
    let row = |serial_number: String| Row {
        profiles: known
            .iter()
            .filter(|(_, serial)| *serial == serial_number)
            .map(|(name, _)| (*name).to_owned())
            .collect(),
        serial_number,
    };
    Ok(totp_devices(&*vault.keys)?.into_iter().map(row).collect())
}

fn table(rows: &[Row], style: Style) -> String {
    let mut table = Table::new(["DEVICE", "PROFILES"]);
    for row in rows {
        table.row([row.serial_number.clone(), row.profiles.join(", ")]);
    }
    table.text(style, "The store has no MFA devices.")
}

fn seed() -> Result<SecretString, Failure> {
    match std::io::stdin().is_terminal() {
        true => prompt::secret_on_terminal("Seed or otpauth:// URL: "),
        false => Ok(prompt::standard_input(4096)?.trim().to_owned().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_called_by_an_arn_or_a_number() {
        for text in ["arn:aws:iam::111122223333:mfa/phone", "GAHT12345678"] {
            assert!(is_serial(text), "{text}");
        }
        for text in [
            "",
            "nosuchprofile",
            "PRODUCTION",
            "prod-1234567",
            "AB12",
            "arn:aws:iam::1:user/a",
        ] {
            assert!(!is_serial(text), "{text}");
        }
    }

    #[test]
    fn devices_are_shown_with_their_profiles() {
        let row = |serial: &str, profiles: &[&str]| Row {
            serial_number: serial.to_owned(),
            profiles: profiles.iter().map(|&name| name.to_owned()).collect(),
        };
        let rows = [
            row("arn:aws:iam::111122223333:mfa/phone", &["a", "b"]),
            row("GAHT12345678", &[]),
        ];
        insta::assert_snapshot!(table(&rows, Style::new(false)), @r"
        DEVICE                               PROFILES
        arn:aws:iam::111122223333:mfa/phone  a, b
        GAHT12345678
        ");
    }
}
