//! Credentials for a profile: what aws-vault does.
//!
//! A profile leads to a source and roles ([`crate::config::Chain`]), those to a [`plan`] of calls, and
//! the plan is carried out here: what took a person to get is kept for the next time, and only one
//! process asks at a time. Nothing of a network is touched while the cache has what is wanted.

mod endpoint;
mod held;
mod key;
mod lock;
mod mfa;
mod plan;
mod query;
mod session;
mod source;
mod steps;
mod totp;

#[cfg(target_os = "linux")]
pub(crate) use endpoint::ANY_OF_AWS;
pub(crate) use endpoint::{
    Endpoint, Flags, Service, configured, exported, is_same_place, partition_name, region, variable,
};
pub(crate) use held::{Held, renewed};
pub(crate) use key::StoredKey;
pub(crate) use lock::{Lock, Question, hold};
pub(crate) use mfa::{Driver, Mfa};
pub(crate) use plan::{Defaults, Given, Plan, Wishes};
pub(crate) use query::{Query, escape};
pub(crate) use session::{Cache, Listed, Session, now};
pub(crate) use source::{container, environment, instance, iso_8601, sign_in, sign_out};
pub(crate) use steps::{read as read_session, web_identity};
pub(crate) use totp::{add as add_totp, code as totp_code, devices as totp_devices, remove as remove_totp};

use crate::config::{Chain, Files, Inherit, Overrides, Source};
use crate::duration;
use crate::failure::Failure;
use crate::store::{self, Store};

/// Files, stores, and what flags and environment say.
pub(crate) struct Vault {
    pub(crate) files: Files,
    pub(crate) keys: Box<dyn Store>,
    pub(crate) sessions: Box<dyn Store>,
    pub(crate) flags: Flags,
    pub(crate) mfa: Mfa,
    pub(crate) inherit: Inherit,
    pub(crate) overrides: Overrides,
    /// Sessions that are cached are not used.
    pub(crate) is_fresh: bool,
}

/// Sessions with less left are renewed, unless `AWS_MIN_TTL` says otherwise.
const LEAST_SECONDS: i64 = 300;

impl Vault {
    /// Reads the files and opens the stores, which unlocks nothing.
    ///
    /// # Errors
    ///
    /// If one of them cannot be used.
    pub(crate) fn open(
        settings: &store::Settings,
        flags: Flags,
        mfa: Mfa,
        inherit: Inherit,
    ) -> Result<Vault, Failure> {
        let choice = store::choose(settings)?;
        let (sessions, _) = store::for_sessions(choice.backend, settings)?;
        Ok(Vault {
            files: Files::load()?,
            keys: store::open(choice.backend, settings)?,
            sessions,
            flags,
            mfa,
            inherit,
            overrides: Overrides::of_environment(),
            is_fresh: false,
        })
    }

    /// Where a profile leads.
    ///
    /// # Errors
    ///
    /// If that is nowhere.
    pub(crate) fn chain(&self, name: &str) -> Result<Chain, Failure> {
        let stored = StoredKey::profiles(&*self.keys)?;
        Chain::follow(&self.files, name, self.inherit, &self.overrides, |profile| {
            stored.iter().any(|known| known == profile)
        })
    }

    /// The cached sessions.
    pub(crate) fn cache(&self) -> Cache<'_> {
        let least = variable("AWS_MIN_TTL").and_then(|text| duration::parse(&text));
        Cache {
            store: &*self.sessions,
            least: least.map_or(LEAST_SECONDS, i64::from),
        }
    }

    /// Forgets the sessions that come from a profile's key, its own and those of roles; returns how many.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    pub(crate) fn forget_sessions_from(&self, profile: &str) -> Result<usize, Failure> {
        let names = self.files.names().into_iter();
        let fed: Vec<&str> = names
            .filter(|name| self.chain(name).is_ok_and(|chain| chain.origin.name == profile))
            .chain([profile])
            .collect();
        self.cache().clear(Some(&fed))
    }
}

/// What is known of a chain when its plan is made.
pub(crate) fn given(chain: &Chain) -> Given {
    let is_long_lived = match &chain.source {
        Source::Stored => true,
        Source::Static { session_token, .. } => session_token.is_none(),
        _ => false,
    };
    Given {
        is_long_lived,
        source_serial: chain.origin.get("mfa_serial").map(str::to_owned),
        roles: chain.roles.clone(),
    }
}

/// How long things last, by aws-vault's variables; one that is no duration says nothing.
pub(crate) fn defaults() -> Defaults {
    let seconds = |name: &str, default| {
        variable(name)
            .and_then(|text| duration::parse(&text))
            .unwrap_or(default)
    };
    let built_in = Defaults::default();
    Defaults {
        session: seconds("AWS_SESSION_TOKEN_TTL", built_in.session),
        chained: seconds("AWS_CHAINED_SESSION_TOKEN_TTL", built_in.chained),
        role: seconds("AWS_ASSUME_ROLE_TTL", built_in.role),
    }
}
