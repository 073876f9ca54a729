//! `kagiban add`: a long-lived key goes into the store.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use kagiban_aws::SecretString;
use zeroize::Zeroizing;

use super::obtain;
use crate::config::Profile;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output;
use crate::platform::files;
use crate::prompt;
use crate::vault::{Endpoint, Flags, Service, StoredKey, Vault, hold, variable};

/// Put a long-lived access key into the store
///
/// The key is kept for the endpoint that the profile has at this moment, AWS's or another server's, and
/// is never sent to another one. Temporary credentials are not kept.
#[derive(clap::Args)]
#[command(after_long_help = "\
Examples:
  kagiban add prod
  AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… kagiban add --env prod
  kagiban add --endpoint-url https://kagiban.example home")]
pub(crate) struct Arguments {
    /// The profile it is for
    #[arg(id = "named", value_name = "PROFILE", add = obtain::profile_names())]
    profile: String,
    /// Take it from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    #[arg(long)]
    env: bool,
    /// Add the profile to ~/.aws/config if it is not there (the default)
    #[arg(long, overrides_with = "no_add_config", hide = true)]
    add_config: bool,
    /// Leave ~/.aws/config as it is
    #[arg(long)]
    no_add_config: bool,
}

/// Longer than any id or secret.
const MAX_LINE: usize = 4096;

/// What a person has typed.
struct Entered {
    access_key_id: String,
    secret: SecretString,
    mfa_serial: Option<String>,
}

/// Asks, and keeps what it is told.
pub(crate) fn run(arguments: &Arguments, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
    let mut vault = keeping.vault(target, None)?;
    let name = arguments.profile.as_str();
    let own = vault.files.own(name);
    if let Some(source) = own
        .as_ref()
        .and_then(|own| own.get("source_profile"))
        .filter(|source| *source != name)
    {
        return Err(Failure::Usage(format!(
            "profile `{name}` has the source_profile `{source}`, so that a key of its own would never be used; add it to `{source}`"
        )));
    }
    arguments.check(&vault, own.as_ref())?;
    let _lock = hold("keys");
    let entered = match arguments.env {
        true => of_environment()?,
        false => ask(keeping, own.as_ref())?,
    };
    let place = place(&vault, name, &vault.flags)?;
    let key = StoredKey {
        access_key_id: entered.access_key_id,
        secret: entered.secret,
        place: Some(place),
    };
    key.save(&*vault.keys, name)?;
    output::print(&format!("Added credentials to profile \"{name}\" in vault"))?;
    let count = vault.forget_sessions_from(name)?;
    if count > 0 {
        output::print(&format!("Deleted {count} existing sessions."))?;
    }
    if !arguments.no_add_config && own.is_none() {
        add_profile(&mut vault, name, entered.mfa_serial.as_deref(), target)?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    /// Refuses what would come to nothing, before a key is asked for.
    fn check(&self, vault: &Vault, own: Option<&Profile>) -> Result<(), Failure> {
        match own {
            Some(own) => stays_usable(vault, own),
            None if self.no_add_config => vault.files.may_name(&self.profile),
            None => vault.files.may_add(&self.profile),
        }
    }
}

/// A flag is for this one command, and the key would be refused at the profile's own endpoint from then on.
fn stays_usable(vault: &Vault, own: &Profile) -> Result<(), Failure> {
    let Some(url) = &vault.flags.endpoint_url else {
        return Ok(());
    };
    let later = Flags {
        endpoint_url: None,
        ..vault.flags.clone()
    };
    let later = place(vault, &own.name, &later)?;
    match later == place(vault, &own.name, &vault.flags)? {
        true => Ok(()),
        false => Err(Failure::Usage(format!(
            "profile `{}` is there already and is at {later}, where a key for {url} would be refused; write `endpoint_url = {url}` into its section first",
            own.name
        ))),
    }
}

fn of_environment() -> Result<Entered, Failure> {
    let required = |name: &str| variable(name).ok_or_else(|| Failure::Usage(format!("{name} is not set")));
    let tokens = ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"];
    if let Some(name) = tokens.into_iter().find(|name| variable(name).is_some()) {
        return Err(temporary(&format!("{name} is set")));
    }
    Ok(Entered {
        access_key_id: access_key_id(required("AWS_ACCESS_KEY_ID")?)?,
        secret: secret(&required("AWS_SECRET_ACCESS_KEY")?.into())?,
        mfa_serial: None,
    })
}

/// A script feeds two lines, a person may be asked a third. Each answer is looked at before the next question.
fn ask(keeping: &Keeping, own: Option<&Profile>) -> Result<Entered, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(Entered {
            access_key_id: access_key_id(read_line()?.expose().to_owned())?,
            secret: secret(&read_line()?)?,
            mfa_serial: None,
        });
    }
    if !keeping.may_ask() {
        let text = "a key has to be typed and nobody may be asked; give it by --env, or as two lines of standard input";
        return Err(Failure::Human(text.to_owned()));
    }
    let access_key_id = access_key_id(prompt::line_on_terminal("Enter Access Key ID: ")?)?;
    let secret = secret(&prompt::secret_on_terminal("Enter Secret Access Key: ")?)?;
    let serial = match own {
        None => prompt::line_on_terminal("Enter MFA Device ARN (If MFA is not enabled, leave this blank): ")?,
        // The profile is there and says itself whether it has a device.
        Some(_) => String::new(),
    };
    Ok(Entered {
        access_key_id,
        secret,
        mfa_serial: Some(serial).filter(|serial| !serial.is_empty()),
    })
}

/// An id that somebody's key can have; other servers' may look otherwise than AWS's.
fn access_key_id(text: String) -> Result<String, Failure> {
    if text.starts_with("ASIA") {
        return Err(temporary("ids that begin with ASIA are theirs"));
    }
    match is_one_word(&text) {
        true => Ok(text),
        false => Err(impossible("an access key's id")),
    }
}

fn secret(text: &SecretString) -> Result<SecretString, Failure> {
    let trimmed = text.expose().trim();
    match is_one_word(trimmed) {
        true => Ok(trimmed.to_owned().into()),
        false => Err(impossible("a secret access key")),
    }
}

fn is_one_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn impossible(what: &str) -> Failure {
    Failure::Usage(format!(
        "that cannot be {what}: it is one word of ASCII, such as AKIA… for the id and 40 letters for the secret; nothing was stored"
    ))
}

fn temporary(why: &str) -> Failure {
    Failure::Usage(format!(
        "temporary credentials are not kept, since they end soon and need their token: {why}; add the user's own access key"
    ))
}

/// A byte at a time: what comes after the line may be meant for somebody else.
fn read_line() -> Result<SecretString, Failure> {
    use io::Read as _;

    // Room for all of it, so that no copy is left by growing.
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_LINE));
    let mut input = files::unbuffered_input()?;
    let mut byte = Zeroizing::new([0]);
    while input.read(&mut *byte)? == 1 && byte[0] != b'\n' {
        if line.len() == MAX_LINE {
            return Err(Failure::Usage(format!(
                "a line of standard input is longer than {MAX_LINE} bytes; nothing was stored"
            )));
        }
        line.push(byte[0]);
    }
    let line =
        std::str::from_utf8(&line).map_err(|_| Failure::Usage("standard input is no text".to_owned()))?;
    Ok(line.trim().to_owned().into())
}

/// Whose STS the key is for.
fn place(vault: &Vault, name: &str, flags: &Flags) -> Result<String, Failure> {
    let profile = vault.files.profile(name, vault.inherit)?;
    let profile = profile.unwrap_or_else(|| Profile::bare(name));
    Ok(Endpoint::find(Service::Sts, &vault.files, &profile, flags)?.place)
}

/// What flags say of a profile that is new belongs to it.
fn add_profile(
    vault: &mut Vault,
    name: &str,
    mfa_serial: Option<&str>,
    target: &Target,
) -> Result<(), Failure> {
    let settings = [
        ("mfa_serial", mfa_serial),
        ("region", target.region()),
        ("endpoint_url", target.endpoint_url()),
    ];
    let settings: Vec<(&str, &str)> = settings
        .iter()
        .filter_map(|(name, value)| Some((*name, (*value)?)))
        .collect();
    vault.files.add_profile(name, &settings)
}
