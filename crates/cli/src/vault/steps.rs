//! Carrying out a plan, step by step, with a cache before each step that takes a person.

use kagiban_aws::Timestamp;
use kagiban_client::Credentials;
use std::time::SystemTime;

use super::endpoint::{Endpoint, Service, domain, is_same_place, own_endpoint, variable};
use super::lock::{Lock, Patience};
use super::plan::{Plan, RoleStep, SessionStep};
use super::query::{Answer, Query};
use super::session::{Session, SessionKey};
use super::source::Portal;
use super::{StoredKey, Vault, lock, mfa, source};
use crate::config::{Chain, Profile, Role, Source, WebToken};
use crate::duration;
use crate::failure::Failure;

/// What a person must do, or did before, to get a session.
struct Guarded<'a> {
    key: SessionKey,
    profile: &'a Profile,
    serial: Option<&'a str>,
}

impl Vault {
    /// Gets what a plan leads to.
    ///
    /// # Errors
    ///
    /// If a step fails, or would send what comes from a stored key to another place than the key's.
    pub(crate) fn carry_out(&self, chain: &Chain, plan: &Plan) -> Result<Session, Failure> {
        self.stays(chain, plan)?;
        // From the end: what is cached there needs nothing of what comes before.
        self.after(chain, plan, plan.roles.len())
    }

    /// Refuses a way that leaves the place of the stored key that it begins with. The key itself is refused
    /// where it is sent, but a session that was kept is as good as the key, and is asked for none.
    fn stays(&self, chain: &Chain, plan: &Plan) -> Result<(), Failure> {
        let Some(own) = self.pinned_to(chain)? else {
            return Ok(());
        };
        let roles = plan.roles.iter().map(|step| self.profile_of(chain, &step.role));
        for profile in roles.chain([Ok(chain.profile.clone())]) {
            let profile = profile?;
            let there = Endpoint::find(Service::Sts, &self.files, &profile, &self.flags)?.place;
            if !is_same_place(&own, &there) {
                return Err(Failure::Setting(format!(
                    "profile `{}` is at {there}, and the key of profile `{}` is for {own}; set its endpoint_url, since what comes from a key goes to the key's place only",
                    profile.name, chain.origin.name
                )));
            }
        }
        Ok(())
    }

    /// The place of the stored key that a chain begins with, as its profile has it.
    ///
    /// # Errors
    ///
    /// If the profile's endpoint cannot be used.
    pub(crate) fn pinned_to(&self, chain: &Chain) -> Result<Option<String>, Failure> {
        match chain.source {
            Source::Stored => {
                let sts = Endpoint::find(Service::Sts, &self.files, &chain.origin, &self.flags)?;
                Ok(Some(sts.place))
            }
            _ => Ok(None),
        }
    }

    /// The credentials after so many roles.
    fn after(&self, chain: &Chain, plan: &Plan, count: usize) -> Result<Session, Failure> {
        match (count.checked_sub(1), &plan.session) {
            (Some(last), _) => self.role(chain, plan, last),
            (None, Some(step)) => self.session(chain, step),
            (None, None) => self.source(chain),
        }
    }

    fn session(&self, chain: &Chain, step: &SessionStep) -> Result<Session, Failure> {
        let endpoint = Endpoint::find(Service::Sts, &self.files, &chain.origin, &self.flags)?;
        let seconds = step.seconds.to_string();
        let guarded = Guarded {
            key: session_key(&endpoint, chain, step),
            profile: &chain.origin,
            serial: step.serial.as_deref(),
        };
        self.guarded(&guarded, |code| {
            let source = self.source_for(chain, &endpoint)?;
            let mut members = vec![("DurationSeconds", seconds.as_str())];
            members.extend(code.into_iter().flatten());
            let answer = Query::new(&endpoint)?.call("GetSessionToken", &members, Some(&source.credentials));
            read(&answer.map_err(|failure| of_key(failure, chain))?)
        })
    }

    fn role(&self, chain: &Chain, plan: &Plan, number: usize) -> Result<Session, Failure> {
        let step = &plan.roles[number];
        let profile = self.profile_of(chain, &step.role)?;
        let endpoint = Endpoint::find(Service::Sts, &self.files, &profile, &self.flags)?;
        let call = |code: Option<[(&str, &str); 2]>| {
            let before = match number == 0 && plan.session.is_none() {
                true => self.source_for(chain, &endpoint)?,
                false => self.after(chain, plan, number)?,
            };
            let name = step.role.session_name.clone().unwrap_or_else(session_name);
            let members = members(step, &name);
            let mut members: Vec<(&str, &str)> = members
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            members.extend(code.into_iter().flatten());
            let answer = Query::new(&endpoint)?.call("AssumeRole", &members, Some(&before.credentials));
            let answer = answer.map_err(|failure| match number == 0 && plan.session.is_none() {
                true => of_key(failure, chain),
                false => failure,
            });
            read(&answer.map_err(|failure| of_role(failure, step))?)
        };
        let Some(key) = role_key(&endpoint, chain, step) else {
            return call(None);
        };
        let guarded = Guarded {
            key,
            profile: &profile,
            serial: step.serial.as_deref(),
        };
        self.guarded(&guarded, call)
    }

    /// Until when a plan's session is kept that would be used.
    ///
    /// # Errors
    ///
    /// If the store cannot be listed, or the endpoint not be used.
    pub(crate) fn session_kept_until(
        &self,
        chain: &Chain,
        step: &SessionStep,
    ) -> Result<Option<Timestamp>, Failure> {
        let endpoint = Endpoint::find(Service::Sts, &self.files, &chain.origin, &self.flags)?;
        self.kept_until(&session_key(&endpoint, chain, step))
    }

    /// Until when a role's session is kept that would be used.
    ///
    /// # Errors
    ///
    /// If the store cannot be listed, or the endpoint not be used.
    pub(crate) fn role_kept_until(
        &self,
        chain: &Chain,
        step: &RoleStep,
    ) -> Result<Option<Timestamp>, Failure> {
        let profile = self.profile_of(chain, &step.role)?;
        let endpoint = Endpoint::find(Service::Sts, &self.files, &profile, &self.flags)?;
        match role_key(&endpoint, chain, step) {
            Some(key) => self.kept_until(&key),
            None => Ok(None),
        }
    }

    fn kept_until(&self, key: &SessionKey) -> Result<Option<Timestamp>, Failure> {
        match self.is_fresh {
            true => Ok(None),
            false => self.cache().kept_until(key),
        }
    }

    /// Looks into the cache; else gets the session while all others wait for it.
    fn guarded(
        &self,
        guarded: &Guarded<'_>,
        get: impl FnOnce(Option<[(&str, &str); 2]>) -> Result<Session, Failure>,
    ) -> Result<Session, Failure> {
        let cache = self.cache();
        let find = || {
            if self.is_fresh {
                Ok(None)
            } else {
                cache.find(&guarded.key)
            }
        };
        if let Some(session) = find()? {
            return Ok(session);
        }
        let _lock = self.locked(guarded)?;
        if let Some(session) = find()? {
            return Ok(session);
        }
        let session = match guarded.serial {
            Some(serial) => {
                let process = guarded.profile.get("mfa_process");
                let code = self.mfa.code(&*self.keys, serial, process)?;
                get(Some([("SerialNumber", serial), ("TokenCode", code.expose())]))?
            }
            None => get(None)?,
        };
        // A session that cannot be kept is as good as one that can.
        if let Err(failure) = cache.keep(&guarded.key, &session) {
            crate::output::remark(&format!("the session is not kept for the next time: {failure}"));
        }
        Ok(session)
    }

    /// The lock of a session, or none if another process asks for it that this one need not wait for.
    fn locked(&self, guarded: &Guarded<'_>) -> Result<Option<Lock>, Failure> {
        let patience = match guarded.serial {
            Some(serial) => {
                let process = guarded.profile.get("mfa_process");
                self.mfa.patience(&*self.keys, serial, process)?
            }
            None if self.mfa.may_ask => Patience::Telling,
            // It is the passphrase that the other one asks for.
            None => Patience::Hurried,
        };
        match (
            lock::hold_with(&guarded.key.digest, patience),
            patience,
            guarded.serial,
        ) {
            (Ok(lock), ..) => Ok(lock),
            (Err(asking), Patience::Refusing, Some(serial)) => Err(mfa::nobody(serial, Some(&asking))),
            (Err(_), ..) => Ok(None),
        }
    }

    /// The source's credentials, where they may be sent to this endpoint.
    fn source_for(&self, chain: &Chain, endpoint: &Endpoint) -> Result<Session, Failure> {
        match &chain.source {
            Source::Stored => {
                let key = self.key_of(&chain.origin.name)?;
                endpoint.admits(&chain.origin.name, key.place.as_deref())?;
                Ok(Session {
                    credentials: key.credentials(),
                    expires: None,
                })
            }
            _ => self.source(chain),
        }
    }

    /// The credentials that a chain begins with.
    ///
    /// # Errors
    ///
    /// If they do not come.
    pub(crate) fn source(&self, chain: &Chain) -> Result<Session, Failure> {
        match &chain.source {
            Source::Stored => {
                let endpoint = Endpoint::find(Service::Sts, &self.files, &chain.origin, &self.flags)?;
                self.source_for(chain, &endpoint)
            }
            Source::Static {
                access_key_id,
                secret,
                session_token,
            } => Ok(Session {
                credentials: Credentials {
                    access_key_id: access_key_id.clone(),
                    secret: secret.clone(),
                    session_token: session_token.clone(),
                },
                expires: None,
            }),
            Source::Process(line) => source::process(&chain.origin.name, line),
            Source::Sso { .. } => source::sso(&self.portal(chain)?),
            Source::Login => source::login(&chain.origin.name),
            Source::WebIdentity { role, token } => {
                let endpoint = Endpoint::find(Service::Sts, &self.files, &chain.origin, &self.flags)?;
                web_identity(&endpoint, role, token)
            }
            Source::Environment => source::environment(),
            Source::Container => source::container(),
            Source::Instance => source::instance(),
        }
    }

    /// Where the person of a chain signs in.
    ///
    /// # Errors
    ///
    /// If that is not at IAM Identity Center.
    pub(crate) fn portal<'a>(&self, chain: &'a Chain) -> Result<Portal<'a>, Failure> {
        let Source::Sso {
            session,
            start_url,
            region,
            account_id,
            role_name,
            scopes,
        } = &chain.source
        else {
            return Err(Failure::Usage(format!(
                "profile `{}` does not sign in through IAM Identity Center; sso_session or sso_start_url in its settings would say so",
                chain.profile.name
            )));
        };
        let url = |service, host| {
            let own = own_endpoint(service, &self.files, &chain.origin)?;
            let public = || format!("https://{host}.{region}.{}", domain(region));
            Ok::<_, Failure>(own.unwrap_or_else(public))
        };
        Ok(Portal {
            profile: &chain.origin.name,
            session: session.as_deref(),
            start_url,
            region,
            account_id,
            role_name,
            scopes: scopes.clone(),
            portal_url: url("sso", "portal.sso")?,
            oidc_url: url("sso_oidc", "oidc")?,
            ca_bundle: variable("AWS_CA_BUNDLE").or_else(|| chain.origin.get("ca_bundle").map(str::to_owned)),
            may_ask: self.mfa.may_ask,
            use_device_code: false,
        })
    }

    /// The key that the store has for a profile.
    ///
    /// # Errors
    ///
    /// If it has none.
    pub(crate) fn key_of(&self, profile: &str) -> Result<StoredKey, Failure> {
        let key = StoredKey::load(&*self.keys, profile)?;
        key.ok_or_else(|| {
            Failure::Missing(format!(
                "{} has no key for profile `{profile}`",
                self.keys.describe()
            ))
        })
    }

    fn profile_of(&self, chain: &Chain, role: &Role) -> Result<Profile, Failure> {
        if role.profile == chain.profile.name {
            return Ok(chain.profile.clone());
        }
        let profile = self.files.profile(&role.profile, self.inherit)?;
        Ok(profile.unwrap_or_else(|| Profile::bare(&role.profile)))
    }
}

/// What to do where a stored key is not known any more. A clock that is off is told by the same code, in
/// words of its own.
fn of_key(failure: Failure, chain: &Chain) -> Failure {
    let is_of_clock = failure.to_string().contains("Signature expired")
        || failure.to_string().contains("Signature not yet current");
    if !matches!(chain.source, Source::Stored) || is_of_clock {
        return failure;
    }
    let advice = format!(
        "the key of profile `{0}` was deleted or replaced; `kagiban add {0}` stores another",
        chain.origin.name
    );
    let codes = ["InvalidClientTokenId", "SignatureDoesNotMatch"];
    codes
        .into_iter()
        .fold(failure, |failure, code| failure.advised(code, advice.clone()))
}

/// Which role refuses to last so long.
fn of_role(failure: Failure, step: &RoleStep) -> Failure {
    if !failure.to_string().contains("DurationSeconds") {
        return failure;
    }
    let advice = format!(
        "the role {} of profile `{}` was asked for {}; --duration or its duration_seconds can ask for less",
        step.role.arn,
        step.role.profile,
        duration::say(step.seconds)
    );
    failure.advised("ValidationError", advice)
}

/// The credentials of a role for whoever has a token, which nobody signs for.
///
/// # Errors
///
/// If the token does not come, or STS refuses it.
pub(crate) fn web_identity(endpoint: &Endpoint, role: &Role, token: &WebToken) -> Result<Session, Failure> {
    let token = source::web_token(token)?;
    let name = role.session_name.clone().unwrap_or_else(session_name);
    let seconds = role
        .duration_seconds
        .unwrap_or(super::defaults().role)
        .to_string();
    let members = [
        ("RoleArn", role.arn.as_str()),
        ("RoleSessionName", &name),
        ("DurationSeconds", &seconds),
        ("WebIdentityToken", token.expose()),
    ];
    read(&Query::new(endpoint)?.call("AssumeRoleWithWebIdentity", &members, None)?)
}

/// What a plan's session is kept under.
fn session_key(endpoint: &Endpoint, chain: &Chain, step: &SessionStep) -> SessionKey {
    let seconds = step.seconds.to_string();
    let sent = [
        endpoint.place.as_str(),
        endpoint.region.as_str(),
        static_id(chain),
        &seconds,
    ];
    let serial = step.serial.as_deref();
    SessionKey::new("sts.GetSessionToken", &chain.origin.name, serial, &sent)
}

/// What a role's session is kept under. Where nobody has to be asked, it is not: a new one with its whole
/// time costs but a call.
fn role_key(endpoint: &Endpoint, chain: &Chain, step: &RoleStep) -> Option<SessionKey> {
    let serial = step.serial.as_deref()?;
    let members = members(step, step.role.session_name.as_deref().unwrap_or_default());
    let mut sent = vec![
        endpoint.place.as_str(),
        endpoint.region.as_str(),
        static_id(chain),
    ];
    sent.extend(
        members
            .iter()
            .flat_map(|(name, value)| [name.as_str(), value.as_str()]),
    );
    let profile = &step.role.profile;
    Some(SessionKey::new("sts.AssumeRole", profile, Some(serial), &sent))
}

/// A key in a file may change without this program; one in the store may not.
fn static_id(chain: &Chain) -> &str {
    match &chain.source {
        Source::Static { access_key_id, .. } => access_key_id,
        _ => "",
    }
}

/// What is said to STS about a role.
fn members(step: &RoleStep, session_name: &str) -> Vec<(String, String)> {
    let role = &step.role;
    let mut members = vec![
        ("RoleArn".to_owned(), role.arn.clone()),
        ("RoleSessionName".to_owned(), session_name.to_owned()),
        ("DurationSeconds".to_owned(), step.seconds.to_string()),
    ];
    let optional = [
        ("ExternalId", &role.external_id),
        ("SourceIdentity", &role.source_identity),
    ];
    for (name, value) in optional {
        members.extend(value.clone().map(|value| (name.to_owned(), value)));
    }
    for (number, (key, value)) in (1..).zip(&role.tags) {
        members.push((format!("Tags.member.{number}.Key"), key.clone()));
        members.push((format!("Tags.member.{number}.Value"), value.clone()));
    }
    for (number, key) in (1..).zip(&role.transitive_tags) {
        members.push((format!("TransitiveTagKeys.member.{number}"), key.clone()));
    }
    members
}

/// A name for who has none, as aws-vault makes it: the time in nanoseconds.
fn session_name() -> String {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    since.as_nanos().to_string()
}

/// The credentials in an answer of STS.
pub(crate) fn read(answer: &Answer) -> Result<Session, Failure> {
    let text = |name| answer.text(&["Credentials", name]);
    let expires: Option<Timestamp> = source::iso_8601(&text("Expiration")?);
    let credentials = Credentials {
        access_key_id: text("AccessKeyId")?,
        secret: text("SecretAccessKey")?.into(),
        session_token: Some(text("SessionToken")?.into()),
    };
    Session::given("STS", credentials, expires)
}
