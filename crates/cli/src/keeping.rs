//! How keys are kept and people are asked: aws-vault's flags that every command has, and its variables.

use std::env;
use std::path::{Path, PathBuf};

use crate::config::Inherit;
use crate::duration;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::output;
use crate::prompt;
use crate::store::{self, Backend};
use crate::vault::{Driver, Mfa, Vault, variable};

/// The flags.
#[derive(Clone, Default, clap::Args)]
#[command(next_help_heading = "Keys and questions")]
pub(crate) struct Keeping {
    /// The store for keys: file, keyctl, secret-service, keychain, wincred [default: AWS_VAULT_BACKEND, then what works here]
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true, add = Backend::names())]
    backend: Option<String>,
    /// Who asks for MFA codes: terminal, ykman, zenity, kdialog, osascript [default: AWS_VAULT_PROMPT]
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true, add = Driver::names())]
    prompt: Option<String>,
    /// The directory of the file store [default: AWS_VAULT_FILE_DIR, then ~/.local/share/kagiban, or %LOCALAPPDATA%]
    #[arg(long, global = true, value_name = "DIR", hide_short_help = true)]
    file_dir: Option<PathBuf>,
    /// The collection of the desktop's keyring [default: awsvault if it is there, else the desktop's own]
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    secret_service_collection: Option<String>,
    /// Ask nobody: what needs a person fails at once, with exit code 5 [default: whether CI is set]
    #[arg(long, global = true, hide_short_help = true)]
    no_input: bool,
    /// Say on standard error what is done
    #[arg(long, global = true, hide_short_help = true)]
    debug: bool,
    #[command(flatten)]
    others: OfOtherStores,
}

/// Flags of aws-vault's stores that are not here: taken, so that nobody's scripts break.
#[derive(Clone, Default, clap::Args)]
struct OfOtherStores {
    #[arg(long, global = true, hide = true)]
    keychain: Option<String>,
    #[arg(long, global = true, hide = true)]
    pass_dir: Option<String>,
    #[arg(long, global = true, hide = true)]
    pass_cmd: Option<String>,
    #[arg(long, global = true, hide = true)]
    pass_prefix: Option<String>,
    #[arg(long, global = true, hide = true)]
    biometrics: bool,
    #[arg(long, global = true, hide = true)]
    op_timeout: Option<String>,
    #[arg(long, global = true, hide = true)]
    op_vault_id: Option<String>,
    #[arg(long, global = true, hide = true)]
    op_item_title_prefix: Option<String>,
    #[arg(long, global = true, hide = true)]
    op_item_tag: Option<String>,
    #[arg(long, global = true, hide = true)]
    op_connect_host: Option<String>,
    #[arg(long, global = true, hide = true)]
    op_desktop_account_id: Option<String>,
    #[arg(long, global = true, hide = true)]
    proton_pass_share_id: Option<String>,
    #[arg(long, global = true, hide = true)]
    proton_pass_item_title_prefix: Option<String>,
    #[arg(long, global = true, hide = true)]
    proton_pass_api_base: Option<String>,
    #[arg(long, global = true, hide = true)]
    proton_pass_timeout: Option<String>,
}

impl Keeping {
    /// The same, but that nobody is asked.
    pub(crate) fn unattended(self) -> Keeping {
        Keeping {
            no_input: true,
            ..self
        }
    }

    /// Whether somebody may be asked on the terminal.
    pub(crate) fn may_ask(&self) -> bool {
        self.has_somebody() && prompt::has_terminal()
    }

    fn has_somebody(&self) -> bool {
        !self.no_input && variable("CI").is_none_or(|value| value == "false")
    }

    /// What is said about stores.
    ///
    /// # Errors
    ///
    /// If a variable of this program's own says what cannot be.
    pub(crate) fn store(&self) -> Result<store::Settings, Failure> {
        let backend = || variable("KAGIBAN_BACKEND").or_else(|| variable("AWS_VAULT_BACKEND"));
        let directory = || variable("KAGIBAN_FILE_DIR").or_else(|| variable("AWS_VAULT_FILE_DIR"));
        let collection = || variable("AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME");
        let has_display = variable("DISPLAY")
            .or_else(|| variable("WAYLAND_DISPLAY"))
            .is_some();
        Ok(store::Settings {
            backend: self.backend.clone().or_else(backend),
            file_dir: self.file_dir.clone().or_else(|| directory().map(PathBuf::from)),
            collection: self.secret_service_collection.clone().or_else(collection),
            may_ask: self.may_ask(),
            remember: remember()?,
            may_prompt: self.has_somebody() && has_display,
        })
    }

    /// Opens files and stores for a command.
    ///
    /// # Errors
    ///
    /// If one cannot be used.
    pub(crate) fn vault(&self, target: &Target, mfa_token: Option<&str>) -> Result<Vault, Failure> {
        let driver = match self.prompt.clone().or_else(|| variable("AWS_VAULT_PROMPT")) {
            Some(name) => Driver::named(&name)?,
            None => Driver::default(),
        };
        let mfa = Mfa {
            token: mfa_token.map(str::to_owned),
            driver,
            may_ask: self.may_ask(),
        };
        let vault = Vault::open(&self.store()?, target.flags(), mfa, inherit())?;
        self.say(|| {
            format!(
                "keys are in {}, sessions in {}",
                vault.keys.describe(),
                vault.sessions.describe()
            )
        });
        Ok(vault)
    }

    /// Says something with `--debug` only.
    pub(crate) fn say(&self, text: impl FnOnce() -> String) {
        if self.debug {
            output::remark(&text());
        }
    }
}

/// How long a passphrase that is typed is remembered, if at all.
fn remember() -> Result<Option<u32>, Failure> {
    let Some(text) = variable("KAGIBAN_UNLOCK_FOR") else {
        return Ok(None);
    };
    let seconds = duration::some(&text);
    seconds
        .map(Some)
        .map_err(|why| Failure::Setting(format!("KAGIBAN_UNLOCK_FOR is `{text}`: {why}")))
}

/// What a variable says that stands for a flag without a value; an empty one says nothing.
///
/// # Errors
///
/// If it is neither yes nor no.
pub(crate) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" | "y" | "yes" | "on" => Ok(true),
        "" | "0" | "f" | "false" | "n" | "no" | "off" => Ok(false),
        _ => Err("write true or false, yes or no, 1 or 0".to_owned()),
    }
}

/// The name that this program was called by, of those that it has.
pub(crate) fn own_name() -> &'static str {
    let called = env::args_os().next().map(PathBuf::from);
    match called.as_deref().and_then(Path::file_stem) {
        Some(name) if name == AWS_VAULT => AWS_VAULT,
        _ => "kagiban",
    }
}

const AWS_VAULT: &str = "aws-vault";

/// Whether this program is to be aws-vault to the letter: it was called so.
pub(crate) fn is_aws_vault() -> bool {
    own_name() == AWS_VAULT || variable("KAGIBAN_COMPAT").is_some_and(|name| name == AWS_VAULT)
}

/// What a profile takes from `[default]`.
pub(crate) fn inherit() -> Inherit {
    match is_aws_vault() {
        true => Inherit::Everything,
        false => Inherit::Basics,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_set_by_variables_as_gos_programs_read_them_and_more() {
        for (text, expected) in [
            ("1", true),
            ("TRUE", true),
            ("yes", true),
            ("0", false),
            ("no", false),
            ("", false),
        ] {
            assert_eq!(yes_or_no(text), Ok(expected), "{text}");
        }
        assert!(yes_or_no("perhaps").is_err());
    }
}
