//! Whose calls a command makes: credentials that are found once, and renewed before they end.
//!
//! A profile that is named on the command line comes before keys in the environment, those before
//! `AWS_PROFILE`, as for the AWS CLI. Where a profile leads to is what `kagiban exec` would find
//! ([`crate::vault`]), but that its key signs itself where a session would be of no use: nobody else gets
//! to see it. Without any profile, it is the container or the instance that is asked.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use kagiban_client::Credentials;

use crate::config::{Chain, Files, Profile, Source, web_identity};
use crate::endpoint::Target;
use crate::failure::Failure;
use crate::vault::{self, Endpoint, Held, Plan, Service, Session, Wishes, is_same_place, variable};

/// Credentials for as long as a command lasts; all copies are one.
#[derive(Clone)]
pub(crate) struct Identity(Arc<Mutex<Inner>>);

struct Inner {
    get: Get,
    held: Option<Held>,
    /// Where they may be sent, if they come from a key in the store, and whose that is.
    pinned: Option<(String, String)>,
}

type Get = Box<dyn FnMut() -> Result<Session, Failure> + Send>;

impl Identity {
    /// Finds out whose they are, which calls nobody yet.
    ///
    /// # Errors
    ///
    /// If there are none.
    pub(crate) fn find(target: &Target, files: &Files, profile: &Profile) -> Result<Identity, Failure> {
        let is_named = target.profile().is_some();
        if is_named {
            return Identity::of_profile(target, &profile.name);
        }
        if has_key()? {
            return Ok(Identity::new(vault::environment));
        }
        if variable("AWS_PROFILE").is_some() {
            return Identity::of_profile(target, &profile.name);
        }
        if let Some(role) = web_identity() {
            let endpoint = Endpoint::find(Service::Sts, files, profile, &target.flags())?;
            return Ok(Identity::new(move || {
                vault::web_identity(&endpoint, &role.0, &role.1)
            }));
        }
        match Identity::of_profile(target, &profile.name) {
            Err(none) if is_nothing(&none) => Identity::of_surroundings(target, none, files, profile),
            // Without a home there is no store either, and a container may have none.
            Err(none) if files.own(&profile.name).is_none() => {
                Identity::of_surroundings(target, none, files, profile)
            }
            found => found,
        }
    }

    /// What signs now; got if need be.
    ///
    /// # Errors
    ///
    /// If it does not come, or those of before have ended and no new ones come.
    pub(crate) fn current(&self) -> Result<Credentials, Failure> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = inner.held.take();
        let held = vault::renewed(held, &mut inner.get)?;
        Ok(inner.held.insert(held).session.credentials.clone())
    }

    /// Refuses a place other than that of the key in the store.
    ///
    /// # Errors
    ///
    /// If it is another one.
    pub(crate) fn admits(&self, place: &str) -> Result<(), Failure> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &inner.pinned {
            Some((own, profile)) if !is_same_place(own, place) => Err(Failure::Setting(format!(
                "the key of profile `{profile}` is for {own}, and {place} would be called with it; set the profile's endpoint_url, or AWS_ENDPOINT_URL for all services"
            ))),
            _ => Ok(()),
        }
    }

    /// Whether both are the same ones.
    pub(crate) fn is(&self, other: &Identity) -> bool {
        let id = |identity: &Identity| {
            let credentials = identity.current();
            credentials.map(|credentials| credentials.access_key_id).ok()
        };
        Arc::ptr_eq(&self.0, &other.0) || id(self) == id(other)
    }

    fn new(get: impl FnMut() -> Result<Session, Failure> + Send + 'static) -> Identity {
        Identity::with(Box::new(get), None, None)
    }

    fn with(get: Get, held: Option<Held>, pinned: Option<(String, String)>) -> Identity {
        Identity(Arc::new(Mutex::new(Inner { get, held, pinned })))
    }

    fn of_profile(target: &Target, name: &str) -> Result<Identity, Failure> {
        let mut vault = target.vault()?;
        let chain = vault.chain(name)?;
        let plan = Plan::new(&vault::given(&chain), &wishes(&chain));
        plan.cuts.iter().for_each(|cut| crate::output::remark(cut));
        let pinned = vault.pinned_to(&chain)?;
        let pinned = pinned.map(|place| (place, chain.origin.name.clone()));
        let get = move || {
            let got = vault.carry_out(&chain, &plan);
            // From now on the terminal belongs to what the command does there.
            vault.mfa.may_ask = false;
            got
        };
        Ok(Identity::with(Box::new(get), None, pinned))
    }

    /// Those of the container or the instance; `none` says why there are no others.
    fn of_surroundings(
        target: &Target,
        none: Failure,
        files: &Files,
        profile: &Profile,
    ) -> Result<Identity, Failure> {
        let is_container = ["RELATIVE_URI", "FULL_URI"]
            .iter()
            .any(|name| variable(&format!("AWS_CONTAINER_CREDENTIALS_{name}")).is_some());
        if is_container {
            return Ok(Identity::new(vault::container));
        }
        let is_unwanted =
            variable("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if !is_unwanted
            && !target.is_hurried()
            && let Ok(session) = vault::instance()
        {
            return Ok(Identity::with(
                Box::new(vault::instance),
                Some(Held::new(session)),
                None,
            ));
        }
        match files.own(&profile.name).is_none() && is_nothing(&none) {
            true => Err(Failure::NoCredentials),
            false => Err(none),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// A session would only cost a call, unless an MFA device goes with the key in the store.
// DIFFERS from `exec`, which gives the session to somebody else: a key in a file signs by itself whatever
// `mfa_serial` says, as for the AWS CLI.
fn wishes(chain: &Chain) -> Wishes {
    let has_device = chain.origin.get("mfa_serial").is_some() && matches!(chain.source, Source::Stored);
    Wishes {
        no_session: chain.roles.is_empty() && !has_device,
        is_for_console: false,
        seconds: None,
        defaults: vault::defaults(),
    }
}

/// Whether the environment has a key; half of one is a mistake.
fn has_key() -> Result<bool, Failure> {
    match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
        (Some(_), Some(_)) => Ok(true),
        (Some(_), None) => Err(Failure::Credentials(
            "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not".to_owned(),
        )),
        (None, _) => Ok(false),
    }
}

/// Whether a profile is not there or says nothing of credentials, rather than something wrong.
fn is_nothing(failure: &Failure) -> bool {
    matches!(failure, Failure::Missing(_) | Failure::Credentials(_))
}
