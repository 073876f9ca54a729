//! What `exec`, `export` and `login` have in common: a profile, and credentials for it.

use std::ffi::OsStr;

use clap_complete::{ArgValueCompleter, CompletionCandidate};

use crate::config::{Chain, Files};
use crate::duration;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output;
use crate::prompt;
use crate::vault::{Plan, Session, Vault, Wishes, defaults, given, variable};

/// How credentials are got.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Obtain {
    /// How long they shall last, such as 12h; said if AWS gives less [default: 1h]
    #[arg(short, long, value_name = "TIME", env = "AWS_VAULT_DURATION", hide_env = true, value_parser = duration::argument)]
    pub(crate) duration: Option<u32>,
    /// Do not open a session with GetSessionToken; without a role, the long-lived key itself is given
    #[arg(short, long)]
    pub(crate) no_session: bool,
    /// Give the long-lived key itself, without a warning
    #[arg(long)]
    expose_long_lived_key: bool,
    /// A code of the MFA device
    #[arg(short = 't', long, value_name = "CODE")]
    pub(crate) mfa_token: Option<String>,
    /// Use no session of before
    #[arg(long)]
    fresh: bool,
}

/// A profile that was opened.
pub(crate) struct Obtained {
    pub(crate) vault: Vault,
    pub(crate) chain: Chain,
    pub(crate) plan: Plan,
}

impl Obtain {
    /// Finds a profile's way, and says what of the wishes it does not fulfil.
    ///
    /// # Errors
    ///
    /// If it leads nowhere.
    pub(crate) fn open(
        &self,
        profile: &str,
        is_for_console: bool,
        keeping: &Keeping,
        target: &Target,
    ) -> Result<Obtained, Failure> {
        let mut vault = keeping.vault(target, self.mfa_token.as_deref())?;
        vault.is_fresh = self.fresh;
        let chain = vault.chain(profile)?;
        let plan = Plan::new(&given(&chain), &self.wishes(is_for_console));
        plan.cuts.iter().for_each(|cut| output::remark(cut));
        if plan.exposes_key && !is_for_console && !self.expose_long_lived_key {
            output::remark(
                "the long-lived key itself is given; --expose-long-lived-key says that this is meant",
            );
        }
        keeping.say(|| format!("the plan: {plan:?}"));
        Ok(Obtained { vault, chain, plan })
    }

    /// What is asked for.
    pub(crate) fn wishes(&self, is_for_console: bool) -> Wishes {
        Wishes {
            no_session: self.no_session || self.expose_long_lived_key,
            is_for_console,
            seconds: self.duration,
            defaults: defaults(),
        }
    }
}

impl Obtained {
    /// Gets the credentials.
    ///
    /// # Errors
    ///
    /// If a step fails.
    pub(crate) fn session(&self) -> Result<Session, Failure> {
        self.vault.carry_out(&self.chain, &self.plan)
    }

    /// The Region of the profile, if any.
    pub(crate) fn region(&self) -> Option<String> {
        crate::vault::region(&self.chain.profile, &self.vault.flags)
    }
}

/// Refuses to run inside of what this program runs, where credentials are there already.
///
/// # Errors
///
/// If it does.
pub(crate) fn refuse_nesting() -> Result<(), Failure> {
    match variable("AWS_VAULT") {
        Some(profile) => Err(Failure::Usage(format!(
            "credentials of profile `{profile}` are there already (AWS_VAULT is set); `exit` from the subshell, or unset AWS_VAULT to force"
        ))),
        None => Ok(()),
    }
}

/// The profile that is meant: the argument, `--profile`, `AWS_PROFILE`, or what a person picks.
///
/// # Errors
///
/// If nobody says.
pub(crate) fn profile(argument: Option<&str>, keeping: &Keeping, target: &Target) -> Result<String, Failure> {
    let named = argument
        .or(target.profile())
        .map(str::to_owned)
        .or_else(|| variable("AWS_PROFILE"));
    match named {
        Some(profile) => Ok(profile),
        None if keeping.may_ask() => pick(&Files::load()?),
        None => Err(Failure::Usage(
            "which profile? Name it, or set AWS_PROFILE".to_owned(),
        )),
    }
}

fn pick(files: &Files) -> Result<String, Failure> {
    let names = files.names();
    for (number, name) in (1..).zip(&names) {
        eprintln!("{number:4}  {name}");
    }
    let answer = prompt::line_on_terminal("Profile (name or number): ")?;
    let by_number = answer
        .parse::<usize>()
        .ok()
        .and_then(|number| names.get(number.checked_sub(1)?));
    let picked = names.iter().find(|name| **name == answer).or(by_number);
    picked
        .map(|name| (*name).to_owned())
        .ok_or_else(|| Failure::Missing(format!("there is no profile `{answer}`")))
}

/// Completes names of profiles.
pub(crate) fn profile_names() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let typed = typed.to_str().unwrap_or_default();
        let files = Files::load().unwrap_or_default();
        let names = files.names().into_iter().filter(|name| name.starts_with(typed));
        names.map(CompletionCandidate::new).collect()
    })
}
