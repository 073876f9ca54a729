//! What `exec`, `export` and `login` have in common: a profile, and credentials for it.

use std::ffi::OsStr;

use clap_complete::{ArgValueCompleter, CompletionCandidate};

use super::completion::in_time;
use super::profile;
use crate::config::{Chain, Source, web_identity};
use crate::duration;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output;
use crate::picker::{self, Pickable};
use crate::style::Style;
use crate::table::Table;
use crate::vault::{Plan, Session, StoredKey, Vault, Wishes, defaults, given, variable};

/// How credentials are got.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Obtain {
    /// How long they shall last, such as 12h; said if AWS gives less [default: 1h]
    #[arg(short, long, value_name = "TIME", allow_hyphen_values = true, value_parser = duration::argument)]
    duration: Option<u32>,
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
    pub(crate) fresh: bool,
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
        name: &str,
        is_for_console: bool,
        keeping: &Keeping,
        target: &Target,
    ) -> Result<Obtained, Failure> {
        let mut vault = keeping.vault(target, self.mfa_token.as_deref())?;
        vault.is_fresh = self.fresh;
        let chain = vault.chain(name)?;
        let plan = Plan::new(&given(&chain), &self.wishes(is_for_console));
        plan.cuts.iter().for_each(|cut| output::remark(cut));
        if plan.exposes_key && !is_for_console && !self.expose_long_lived_key {
            output::remark(
                "the long-lived key itself is given; --expose-long-lived-key says that this is meant",
            );
        }
        keeping.say(|| {
            let steps = profile::said(&vault, &chain, &plan);
            steps.unwrap_or_else(|failure| failure.to_string())
        });
        Ok(Obtained { vault, chain, plan })
    }

    /// By the flag, or else by aws-vault's variable; one that is no duration says nothing, as for the others
    /// ([`defaults`]).
    pub(crate) fn seconds(&self) -> Option<u32> {
        let variable = || duration::parse(&variable("AWS_VAULT_DURATION")?);
        self.duration.or_else(variable)
    }

    /// What is asked for.
    pub(crate) fn wishes(&self, is_for_console: bool) -> Wishes {
        Wishes {
            no_session: self.no_session || self.expose_long_lived_key,
            is_for_console,
            seconds: self.seconds(),
            defaults: defaults(),
        }
    }
}

impl Obtained {
    /// The environment's credentials, at the place that the profile in use says.
    ///
    /// # Errors
    ///
    /// If files or stores cannot be used.
    pub(crate) fn of_environment(keeping: &Keeping, target: &Target) -> Result<Obtained, Failure> {
        let (_, profile) = target.profile_in_use()?;
        Ok(Obtained {
            vault: keeping.vault(target, None)?,
            chain: Chain {
                origin: profile.clone(),
                profile,
                source: Source::Environment,
                roles: Vec::new(),
            },
            plan: Plan::default(),
        })
    }

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

/// The profile that is meant: the argument, `--profile`, `AWS_PROFILE`, the default one for a web identity of
/// the environment, or what a person picks.
///
/// # Errors
///
/// If nobody says.
pub(crate) fn profile(argument: Option<&str>, keeping: &Keeping, target: &Target) -> Result<String, Failure> {
    let named = argument
        .or(target.profile())
        .map(str::to_owned)
        .or_else(|| variable("AWS_PROFILE"))
        // A pod says who, and has nobody to ask.
        .or_else(|| web_identity().map(|_| "default".to_owned()));
    match named {
        Some(profile) => Ok(profile),
        None => {
            let listed = listed(keeping, target)?;
            match keeping.may_ask() && !listed.is_empty() {
                true => pick(&listed, "")?.ok_or(Failure::Declined),
                false => Err(Failure::Usage(format!(
                    "which profile? Name it, or set AWS_PROFILE\n{}",
                    table(&listed)
                ))),
            }
        }
    }
}

/// The profile that a person picks, or none by an empty answer, of which `or_else` says what it means.
///
/// # Errors
///
/// If nobody is there to ask.
pub(crate) fn picked(or_else: &str, keeping: &Keeping, target: &Target) -> Result<Option<String>, Failure> {
    pick(&listed(keeping, target)?, or_else)
}

/// A profile to choose from.
#[derive(Clone)]
struct Listed {
    name: String,
    role: String,
    has_key: bool,
}

impl Pickable for Listed {
    fn names(&self) -> Vec<&str> {
        vec![&self.name]
    }
}

/// All that the files and the store know, without asking for anything.
fn listed(keeping: &Keeping, target: &Target) -> Result<Vec<Listed>, Failure> {
    let vault = keeping.vault(target, None)?;
    let stored = StoredKey::profiles(&*vault.keys)?;
    let of_files = vault.files.names().into_iter().map(str::to_owned);
    let mut names: Vec<String> = of_files.collect();
    let only_stored = stored.iter().filter(|name| !names.contains(name)).cloned();
    names.extend(only_stored.collect::<Vec<_>>());
    let listed = names.into_iter().map(|name| {
        let profile = vault.files.own(&name).unwrap_or_default();
        let role = profile.get("role_arn").or(profile.get("sso_role_name"));
        Listed {
            role: role.unwrap_or_default().to_owned(),
            has_key: stored.contains(&name),
            name,
        }
    });
    Ok(listed.collect())
}

fn table(profiles: &[Listed]) -> String {
    let mut table = Table::new(["", "PROFILE", "ROLE", "KEY"]);
    for (number, profile) in (1..).zip(profiles) {
        let key = if profile.has_key { "stored" } else { "" };
        table.row([
            format!("{number}"),
            profile.name.clone(),
            profile.role.clone(),
            key.to_owned(),
        ]);
    }
    table.text(
        Style::new(false),
        "There are no profiles yet; `kagiban add PROFILE` makes one.",
    )
}

fn pick(profiles: &[Listed], or_else: &str) -> Result<Option<String>, Failure> {
    let question = format!("Which profile? A number, or letters of its name{or_else}: ");
    Ok(picker::pick(profiles, &question, table)?.map(|profile| profile.name))
}

/// Completes names of profiles.
pub(crate) fn profile_names() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let typed = typed.to_str().unwrap_or_default();
        let profiles = in_time(|| {
            let keeping = Keeping::default().unattended();
            listed(&keeping, &Target::default()).unwrap_or_default()
        });
        let names = profiles.into_iter().map(|profile| profile.name);
        names
            .filter(|name| name.starts_with(typed))
            .map(CompletionCandidate::new)
            .collect()
    })
}
