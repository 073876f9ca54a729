//! Which credentials a profile leads to: where they begin, and the roles that are assumed from there.
//!
//! The order is botocore's, with aws-vault's additions: a key in the store comes before anything in
//! the files, a role's own profile may hold the key, and a profile without a role may point to another.

use kagiban_aws::SecretString;

use super::document::Section;
use super::files::{Files, Inherit, Profile};
use super::overrides::Overrides;
use crate::failure::Failure;

/// A source, and the roles after it.
#[derive(Debug)]
pub(crate) struct Chain {
    /// The profile that was asked for.
    pub(crate) profile: Profile,
    /// The profile that the source belongs to.
    pub(crate) origin: Profile,
    pub(crate) source: Source,
    /// In the order in which they are assumed.
    pub(crate) roles: Vec<Role>,
}

/// Where credentials begin.
#[derive(Debug)]
pub(crate) enum Source {
    /// The key that the store has for the origin.
    Stored,
    /// A key in one of the files.
    Static {
        access_key_id: String,
        secret: SecretString,
        session_token: Option<SecretString>,
    },
    /// A program that prints them.
    Process(String),
    /// IAM Identity Center.
    Sso {
        /// The name of the `[sso-session]`, if there is one: it is what the token's file is named after.
        session: Option<String>,
        start_url: String,
        region: String,
        account_id: String,
        role_name: String,
        /// What its token is asked for, if that is said.
        scopes: Vec<String>,
    },
    /// A sign-in of `aws login`.
    Login,
    /// A role for whoever has a token.
    WebIdentity {
        role: Box<Role>,
        token: WebToken,
    },
    Environment,
    Container,
    Instance,
}

impl Source {
    /// What it is, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Source::Stored => "stored key",
            Source::Static { .. } => "key in a file",
            Source::Process(_) => "credential_process",
            Source::Sso { .. } => "IAM Identity Center",
            Source::Login => "aws login",
            Source::WebIdentity { .. } => "web identity",
            Source::Environment => "environment",
            Source::Container => "container",
            Source::Instance => "instance",
        }
    }
}

/// Where the token of a web identity comes from.
#[derive(Clone, Debug)]
pub(crate) enum WebToken {
    File(String),
    Process(String),
}

/// A role, and what is said to STS about it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Role {
    /// The profile that names it.
    pub(crate) profile: String,
    pub(crate) arn: String,
    pub(crate) session_name: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) mfa_serial: Option<String>,
    pub(crate) duration_seconds: Option<u32>,
    pub(crate) source_identity: Option<String>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) transitive_tags: Vec<String>,
    /// Whether the profile that names it holds the key as well.
    pub(crate) holds_key: bool,
}

/// Roles one after the other; AWS sets no limit, but a person who needs more has made a mistake.
const MAX_ROLES: usize = 16;

impl Chain {
    /// Follows a profile to its source; `is_stored` says whether the store has a key for one.
    ///
    /// # Errors
    ///
    /// If the way leads nowhere or in a circle.
    pub(crate) fn follow(
        files: &Files,
        name: &str,
        inherit: Inherit,
        overrides: &Overrides,
        is_stored: impl Fn(&str) -> bool,
    ) -> Result<Chain, Failure> {
        let mut search = Search {
            files,
            inherit,
            overrides,
            is_stored,
            seen: Vec::new(),
            roles: Vec::new(),
        };
        let profile = search.load(name)?;
        let (origin, source) = search.walk(profile.clone())?;
        search.roles.reverse();
        Ok(Chain {
            profile,
            origin,
            source,
            roles: search.roles,
        })
    }
}

struct Search<'a, F> {
    files: &'a Files,
    inherit: Inherit,
    overrides: &'a Overrides,
    is_stored: F,
    seen: Vec<String>,
    roles: Vec<Role>,
}

impl<F: Fn(&str) -> bool> Search<'_, F> {
    fn load(&self, name: &str) -> Result<Profile, Failure> {
        let mut profile = match self.files.profile(name, self.inherit)? {
            Some(profile) => profile,
            None if (self.is_stored)(name) => Profile::bare(name),
            None if name == "default" && self.overrides.web_identity.is_some() => Profile::bare(name),
            None => return Err(self.unknown(name)),
        };
        if let Some(serial) = &self.overrides.mfa_serial {
            profile.set("mfa_serial", serial.clone(), "AWS_MFA_SERIAL");
        }
        if self.seen.is_empty() {
            for (setting, value) in &self.overrides.named {
                profile.set(setting, value.clone(), "the environment");
            }
        }
        Ok(profile)
    }

    fn unknown(&self, name: &str) -> Failure {
        Failure::Missing(match self.seen.last() {
            None => format!("there is no profile `{name}`, neither in the config file nor in the store"),
            Some(from) => format!("profile `{from}` names the source_profile `{name}`, which is not there"),
        })
    }

    fn walk(&mut self, profile: Profile) -> Result<(Profile, Source), Failure> {
        if self.seen.contains(&profile.name) || self.seen.len() > MAX_ROLES {
            let way = self.seen.join(" → ");
            return Err(Failure::Setting(format!(
                "profiles lead in a circle: {way} → {}",
                profile.name
            )));
        }
        self.seen.push(profile.name.clone());
        let is_stored = (self.is_stored)(&profile.name);
        let is_role = profile.get("role_arn").is_some() && web_token(&profile).is_none();
        match (
            is_role,
            profile.get("source_profile"),
            profile.get("credential_source"),
        ) {
            (true, Some(_), Some(_)) => Err(Failure::Setting(format!(
                "profile `{}` has both source_profile and credential_source",
                profile.name
            ))),
            // A key in the files beats the role of a profile on the way, as for botocore.
            (true, ..) if self.seen.len() > 1 && !is_stored && has_static(&profile) => self.end(profile),
            (true, Some(source), None) if source != profile.name => {
                let source = source.to_owned();
                self.roles.push(Role::of(&profile, false));
                let source = self.load(&source)?;
                self.walk(source)
            }
            (true, None, Some(from)) => {
                let source = named_source(from, &profile.name)?;
                self.roles.push(Role::of(&profile, false));
                Ok((profile, source))
            }
            (true, named, _) if is_stored || (named.is_some() && has_static(&profile)) => {
                self.roles.push(Role::of(&profile, true));
                self.end(profile)
            }
            (true, ..) => Err(Failure::Credentials(format!(
                "profile `{0}` names a role and nothing to assume it from; give it a source_profile, or a key by `kagiban add {0}`",
                profile.name
            ))),
            (false, ..) => self.end(profile),
        }
    }

    /// The source that a profile is by itself, its role aside.
    fn end(&mut self, profile: Profile) -> Result<(Profile, Source), Failure> {
        if (self.is_stored)(&profile.name) {
            return Ok((profile, Source::Stored));
        }
        if let Some(source) = source(self.files, &profile)? {
            return Ok((profile, source));
        }
        let other = profile.get("source_profile").map(str::to_owned);
        if let Some(other) = other.filter(|other| *other != profile.name) {
            let other = self.load(&other)?;
            return self.walk(other);
        }
        match &self.overrides.web_identity {
            // The profile that was asked for says where, and the environment who.
            Some((role, token)) if self.seen.len() == 1 => {
                let (role, token) = (Box::new(role.clone()), token.clone());
                Ok((profile, Source::WebIdentity { role, token }))
            }
            _ => Err(Failure::Credentials(format!(
                "profile `{0}` has no credentials; `kagiban add {0}` stores a key for it",
                profile.name
            ))),
        }
    }
}

/// What a profile's own settings say, in botocore's order.
fn source(files: &Files, profile: &Profile) -> Result<Option<Source>, Failure> {
    if let Some(token) = web_token(profile).filter(|_| profile.get("role_arn").is_some()) {
        let role = Box::new(Role::of(profile, false));
        return Ok(Some(Source::WebIdentity { role, token }));
    }
    if profile.get("sso_account_id").is_some() || profile.get("sso_role_name").is_some() {
        return sso(files, profile).map(Some);
    }
    let of_credentials = files
        .credentials
        .sections()
        .iter()
        .find(|section| section.header == profile.name);
    let in_credentials = of_credentials.is_some_and(|section| section.get("aws_access_key_id").is_some());
    if in_credentials {
        return key(profile).map(Some);
    }
    if profile.get("login_session").is_some() {
        return Ok(Some(Source::Login));
    }
    if let Some(command) = profile.get("credential_process") {
        return Ok(Some(Source::Process(command.to_owned())));
    }
    match profile.get("aws_access_key_id") {
        Some(_) => key(profile).map(Some),
        None => Ok(None),
    }
}

fn key(profile: &Profile) -> Result<Source, Failure> {
    let (Some(id), Some(secret)) = (
        profile.get("aws_access_key_id"),
        profile.get("aws_secret_access_key"),
    ) else {
        return Err(Failure::Credentials(format!(
            "profile `{}` has an aws_access_key_id and no aws_secret_access_key",
            profile.name
        )));
    };
    Ok(Source::Static {
        access_key_id: id.to_owned(),
        secret: secret.to_owned().into(),
        session_token: profile
            .get("aws_session_token")
            .map(|token| token.to_owned().into()),
    })
}

fn sso(files: &Files, profile: &Profile) -> Result<Source, Failure> {
    let session = profile.get("sso_session");
    let section = session.and_then(|name| files.sso_session(name));
    if let (Some(name), None) = (session, section) {
        let text = format!(
            "profile `{}` names the sso_session `{name}`, which is not there",
            profile.name
        );
        return Err(Failure::Setting(text));
    }
    let required = |name: &str| {
        let of_session = section.and_then(|section| section.get(name));
        let value = of_session.or(profile.get(name)).map(str::to_owned);
        value.ok_or_else(|| {
            Failure::Setting(format!(
                "profile `{}` signs in through IAM Identity Center and has no {name}",
                profile.name
            ))
        })
    };
    Ok(Source::Sso {
        session: session.map(str::to_owned),
        start_url: required("sso_start_url")?,
        region: required("sso_region")?,
        account_id: required("sso_account_id")?,
        role_name: required("sso_role_name")?,
        scopes: section.map(scopes).unwrap_or_default(),
    })
}

/// A session's scopes; the one that it has if it names none lets its token be renewed.
fn scopes(section: &Section) -> Vec<String> {
    let named = section.get("sso_registration_scopes").unwrap_or_default();
    let named = named.split(',').map(str::trim).filter(|scope| !scope.is_empty());
    let named: Vec<String> = named.map(str::to_owned).collect();
    match named.is_empty() {
        true => vec!["sso:account:access".to_owned()],
        false => named,
    }
}

fn named_source(name: &str, profile: &str) -> Result<Source, Failure> {
    match name {
        "Environment" => Ok(Source::Environment),
        "EcsContainer" => Ok(Source::Container),
        "Ec2InstanceMetadata" => Ok(Source::Instance),
        _ => Err(Failure::Setting(format!(
            "profile `{profile}` has the credential_source `{name}`; there are Environment, EcsContainer and Ec2InstanceMetadata"
        ))),
    }
}

fn web_token(profile: &Profile) -> Option<WebToken> {
    let file = profile
        .get("web_identity_token_file")
        .map(|file| WebToken::File(file.to_owned()));
    let process = || {
        profile
            .get("web_identity_token_process")
            .map(|command| WebToken::Process(command.to_owned()))
    };
    file.or_else(process)
}

fn has_static(profile: &Profile) -> bool {
    profile.get("aws_access_key_id").is_some() || profile.get("aws_secret_access_key").is_some()
}

impl Role {
    fn of(profile: &Profile, holds_key: bool) -> Role {
        let text = |name| profile.get(name).map(str::to_owned);
        let list = |name| {
            let items = profile.get(name).unwrap_or_default().split(',').map(str::trim);
            items
                .filter(|item| !item.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let pairs = list("session_tags").into_iter().filter_map(|tag| {
            let (key, value) = tag.split_once('=')?;
            Some((key.trim().to_owned(), value.trim().to_owned()))
        });
        Role {
            profile: profile.name.clone(),
            arn: text("role_arn").unwrap_or_default(),
            session_name: text("role_session_name"),
            external_id: text("external_id"),
            mfa_serial: text("mfa_serial"),
            // botocore passes over what is no number.
            duration_seconds: profile
                .get("duration_seconds")
                .and_then(|seconds| seconds.trim().parse().ok()),
            source_identity: text("source_identity"),
            tags: pairs.collect(),
            transitive_tags: list("transitive_session_tags"),
            holds_key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[profile j]\nmfa_serial=arn:mfa\n[profile role]\nrole_arn=r1\nsource_profile=j\n\
        external_id=e\nduration_seconds=7200\nsession_tags=a=b, c = d\ntransitive_session_tags=a\n\
        [profile both]\nrole_arn=r2\nsource_profile=role\n[profile alias]\nsource_profile=both\n\
        [profile self]\nrole_arn=r3\nsource_profile=self\n[profile x]\nrole_arn=x\nsource_profile=y\n\
        [profile y]\nrole_arn=y\nsource_profile=x\n[profile nowhere]\nrole_arn=r\n[profile gone]\nrole_arn=r\n\
        source_profile=none\n[profile instance]\nrole_arn=r\ncredential_source=Ec2InstanceMetadata\n\
        [profile sso]\nsso_session=s\nsso_account_id=1\nsso_role_name=n\n[sso-session s]\nsso_start_url=u\n\
        sso_region=eu-west-1\n[profile web]\nrole_arn=w\nweb_identity_token_file=/t\n[profile p]\ncredential_process=x y\n";

    fn follow(name: &str) -> Result<Chain, Failure> {
        let files = Files::of(
            CONFIG,
            "[static]\naws_access_key_id=AKIA\naws_secret_access_key=s\n[half]\naws_access_key_id=A\n",
        );
        Chain::follow(&files, name, Inherit::Basics, &Overrides::default(), |name| {
            ["j", "self", "bare"].contains(&name)
        })
    }

    fn way(name: &str) -> String {
        let chain = follow(name).unwrap();
        let roles: Vec<_> = chain.roles.iter().map(|role| role.arn.as_str()).collect();
        let source = format!("{:?}", chain.source);
        let source: String = source.chars().take_while(char::is_ascii_alphanumeric).collect();
        format!("{}/{source} {}", chain.origin.name, roles.join(" "))
    }

    #[test]
    fn profiles_lead_to_their_source() {
        assert_eq!(way("j"), "j/Stored ");
        assert_eq!(way("bare"), "bare/Stored ", "a stored key needs no profile");
        assert_eq!(way("role"), "j/Stored r1");
        assert_eq!(way("alias"), "j/Stored r1 r2");
        assert_eq!(way("self"), "self/Stored r3");
        assert_eq!(way("static"), "static/Static ");
        assert_eq!(way("instance"), "instance/Instance r");
        assert_eq!(way("sso"), "sso/Sso ");
        assert_eq!(way("web"), "web/WebIdentity ");
        assert_eq!(way("p"), "p/Process ");
    }

    #[test]
    fn what_is_said_of_a_role_is_kept() {
        let chain = follow("role").unwrap();
        let role = &chain.roles[0];
        assert_eq!(
            (role.external_id.as_deref(), role.duration_seconds),
            (Some("e"), Some(7200))
        );
        assert_eq!(role.tags, [("a".into(), "b".into()), ("c".into(), "d".into())]);
        assert_eq!(
            role.mfa_serial, None,
            "a device is not taken over from the source"
        );
    }

    #[test]
    fn a_way_that_leads_nowhere_is_refused() {
        let refused = |name| follow(name).unwrap_err().to_string();
        assert_eq!(refused("x"), "profiles lead in a circle: x → y → x");
        assert!(refused("nowhere").contains("nothing to assume it from"));
        assert!(refused("gone").contains("`none`, which is not there"));
        assert!(refused("half").contains("no aws_secret_access_key"));
        assert!(refused("unknown").contains("no profile `unknown`"));
    }
}
