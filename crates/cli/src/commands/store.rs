//! `kagiban store`: where keys are kept, and how they get from one store to another.

use std::process::ExitCode;

use kagiban_aws::Timestamp;

use super::remove::confirm;
use crate::duration;
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::keeping::Keeping;
use crate::output;
use crate::store::{self, Backend};
use crate::vault::{StoredKey, hold};

/// Look at the stores of keys and sessions
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Say which stores are used, and why those
    Status,
    Migrate(Migrate),
    Unlock(Unlock),
    /// Forget a passphrase that is remembered
    Lock,
    /// What remembers it
    #[command(hide = true)]
    Keep(Keep),
}

/// Remember the passphrase of the file store for a while, so that it is typed once
///
/// A process of your own holds it in memory, for your own processes alone.
#[derive(clap::Args)]
pub(crate) struct Unlock {
    /// How long
    #[arg(long = "for", value_name = "TIME", env = "KAGIBAN_UNLOCK_FOR", default_value = "8h", value_parser = duration::some)]
    seconds: u32,
}

/// Remember a passphrase that stands on standard input
#[derive(clap::Args)]
pub(crate) struct Keep {
    #[command(flatten)]
    unlock: Unlock,
    /// Nothing is open here that belongs to somebody else
    #[arg(long)]
    alone: bool,
}

/// Copy keys from one store to another, or that of --profile alone; each is read back and compared
#[derive(clap::Args)]
pub(crate) struct Migrate {
    /// The store to copy from
    #[arg(long, value_name = "NAME", add = Backend::names())]
    from: String,
    /// The store to copy to
    #[arg(long, value_name = "NAME", add = Backend::names())]
    to: String,
    /// Replace keys that are there already
    #[arg(long)]
    overwrite: bool,
    /// Delete each key from the old store when it is in the new one
    #[arg(long)]
    delete_source: bool,
    /// Say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Do not ask whether keys may move to where they are gone with the power
    #[arg(short, long)]
    force: bool,
}

impl Command {
    /// Runs it.
    pub(crate) fn run(&self, keeping: &Keeping, target: &Target) -> Result<ExitCode, Failure> {
        match self {
            Command::Status => status(keeping),
            Command::Migrate(arguments) => arguments.run(keeping, target.profile()),
            Command::Unlock(unlock) => unlock.run(keeping),
            Command::Lock => lock(keeping),
            Command::Keep(keep) => keep.run(keeping),
        }
    }
}

fn status(keeping: &Keeping) -> Result<ExitCode, Failure> {
    let settings = keeping.store()?;
    let choice = store::choose(&settings)?;
    let keys = store::open(choice.backend, &settings)?;
    output::print(&format!(
        "keys      {} ({})\n          {}",
        keys.describe(),
        choice.backend.name(),
        choice.reason
    ))?;
    let (sessions, why) = store::for_sessions(choice.backend, &settings)?;
    output::print(&format!("sessions  {}\n          {why}", sessions.describe()))?;
    if let Some(until) = store::file(&settings)?.unlocked().until() {
        let until = Timestamp::from_seconds(until).iso();
        output::print(&format!("unlocked  until {until}; `kagiban store lock` ends it"))?;
    }
    let count = StoredKey::profiles(&*keys)?.len();
    output::print(&format!(
        "{count} keys are kept; stores here: {}",
        Backend::names_here()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn lock(keeping: &Keeping) -> Result<ExitCode, Failure> {
    let was_unlocked = store::file(&keeping.store()?)?.unlocked().forget();
    output::remark(match was_unlocked {
        true => "the passphrase is forgotten",
        false => "no passphrase was remembered",
    });
    Ok(ExitCode::SUCCESS)
}

impl Unlock {
    fn run(&self, keeping: &Keeping) -> Result<ExitCode, Failure> {
        let file = store::file(&keeping.store()?)?;
        let _lock = hold("unlock");
        file.unlock_for(self.seconds)?;
        output::remark(&format!(
            "{} is unlocked for {}",
            file.path().display(),
            duration::say(self.seconds)
        ));
        Ok(ExitCode::SUCCESS)
    }
}

impl Keep {
    fn run(&self, keeping: &Keeping) -> Result<ExitCode, Failure> {
        let file = store::file(&keeping.store()?)?;
        let kept = match self.alone {
            true => file.unlocked().keep(self.unlock.seconds),
            false => match file.unlocked().keep_alone(self.unlock.seconds) {
                Ok(never) => match never {},
                Err(failure) => Err(failure),
            },
        };
        // Whoever has started this reads standard output alone.
        if let Err(failure) = kept {
            output::print(&failure.to_string())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What to say yes to.
const LOSES: &str = "The kernel's keyring is gone with the power, and keys that are nowhere else with it. Move them there? (y|N) ";

impl Migrate {
    fn run(&self, keeping: &Keeping, only: Option<&str>) -> Result<ExitCode, Failure> {
        let settings = keeping.store()?;
        let (from, to) = (Backend::named(&self.from)?, Backend::named(&self.to)?);
        if from == to {
            return Err(Failure::Usage("--from and --to are the same store".to_owned()));
        }
        if to == Backend::Keyctl && self.delete_source && !self.dry_run && !self.force {
            confirm(LOSES, keeping)?;
        }
        let (from, to) = (store::open(from, &settings)?, store::open(to, &settings)?);
        let _lock = hold("keys");
        let there = StoredKey::profiles(&*to)?;
        let mut profiles = StoredKey::profiles(&*from)?;
        profiles.retain(|profile| only.is_none_or(|only| only == profile));
        if let (Some(profile), true) = (only, profiles.is_empty()) {
            return Err(Failure::Missing(format!(
                "{} has no key for profile `{profile}`",
                from.describe()
            )));
        }
        for profile in profiles {
            if there.contains(&profile) && !self.overwrite {
                output::print(&format!("{profile}: is there already; --overwrite replaces it"))?;
            } else if self.dry_run {
                output::print(&format!("{profile}: would be copied"))?;
            } else {
                self.copy(&*from, &*to, &profile)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn copy(&self, from: &dyn store::Store, to: &dyn store::Store, profile: &str) -> Result<(), Failure> {
        let Some(key) = StoredKey::load(from, profile)? else {
            return Err(Failure::Changed(format!(
                "the key of profile `{profile}` went away meanwhile"
            )));
        };
        key.save(to, profile)?;
        let back = StoredKey::load(to, profile)?;
        if back.is_none_or(|back| back.secret != key.secret || back.access_key_id != key.access_key_id) {
            return Err(Failure::Changed(format!(
                "the key of profile `{profile}` did not come back as it was put; the old one stays"
            )));
        }
        if self.delete_source {
            StoredKey::remove(from, profile)?;
        }
        output::print(&format!("{profile}: copied to {}", to.describe()))
    }
}
