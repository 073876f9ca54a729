//! Profiles, put together from both files.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::{env, io};

use super::document::{Document, MAX_BYTES, Section};
use crate::failure::Failure;
use crate::place;

/// Both files.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Where the config file is, or would be; `None` without a home.
    pub(crate) config_path: Option<PathBuf>,
    pub(crate) config: Document,
    /// The same of the credentials file.
    pub(crate) credentials_path: Option<PathBuf>,
    pub(crate) credentials: Document,
}

/// What a profile takes from `[default]`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Inherit {
    /// All that it does not say itself, as aws-vault has it.
    Everything,
    /// Where to, in what form, and whose MFA device.
    Basics,
}

/// A profile's settings, and where each comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    pub(crate) name: String,
    settings: BTreeMap<String, Setting>,
}

/// A setting's value.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) value: String,
    /// The profile that says it.
    pub(crate) from: String,
}

/// Those that a profile takes from `[default]` under any name.
const BASICS: [&str; 3] = ["region", "output", "mfa_serial"];

/// Settings that a profile never takes from another: who it is stands in each profile alone.
const OWN: [&str; 2] = ["include_profile", "parent_profile"];

/// Profiles that include profiles that include profiles.
const MAX_DEPTH: usize = 16;

impl Files {
    /// Reads both; a file that is not there is empty.
    ///
    /// # Errors
    ///
    /// If one is there and cannot be read.
    pub(crate) fn load() -> Result<Files, Failure> {
        let config_path = path("AWS_CONFIG_FILE", "config");
        let credentials_path = path("AWS_SHARED_CREDENTIALS_FILE", "credentials");
        Ok(Files {
            config: read(config_path.as_deref())?,
            config_path,
            credentials: read(credentials_path.as_deref())?,
            credentials_path,
        })
    }

    /// The profiles of the config file and then those of the credentials file alone, in their order.
    pub(crate) fn names(&self) -> Vec<&str> {
        let of_config = self
            .config
            .sections()
            .iter()
            .filter_map(|section| section.named("profile"));
        let of_credentials = self
            .credentials
            .sections()
            .iter()
            .map(|section| section.header.as_str());
        let mut names: Vec<&str> = Vec::new();
        for name in of_config.chain(of_credentials) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// A profile as AWS's own tools see it: what the credentials file says comes first.
    pub(crate) fn own(&self, name: &str) -> Option<Profile> {
        let of_config = self
            .config
            .sections()
            .iter()
            .filter(|s| s.named("profile") == Some(name));
        let of_credentials = self.credentials.sections().iter().filter(|s| s.header == name);
        let mut found = None;
        for section in of_config.chain(of_credentials) {
            let profile: &mut Profile = found.get_or_insert_default();
            name.clone_into(&mut profile.name);
            profile.take(section);
        }
        found
    }

    /// A profile with what it includes, and with what it takes from `[default]` if it includes nothing.
    ///
    /// # Errors
    ///
    /// If it includes a profile that is not there, or itself.
    pub(crate) fn profile(&self, name: &str, inherit: Inherit) -> Result<Option<Profile>, Failure> {
        let Some(mut profile) = self.own(name) else {
            return Ok(None);
        };
        let mut seen = vec![name.to_owned()];
        let mut last = profile.clone();
        while let Some(next) = last
            .get("include_profile")
            .or(last.get("parent_profile"))
            .map(str::to_owned)
        {
            if seen.contains(&next) || seen.len() > MAX_DEPTH {
                let text = format!("profile `{name}` includes itself: {} → {next}", seen.join(" → "));
                return Err(Failure::Setting(text));
            }
            last = self.own(&next).ok_or_else(|| {
                Failure::Setting(format!(
                    "profile `{}` includes `{next}`, which is not there",
                    last.name
                ))
            })?;
            profile.inherit(&last, |_| true);
            seen.push(next);
        }
        if seen.len() == 1
            && name != "default"
            && let Some(default) = self.own("default")
        {
            profile.inherit(&default, |key| {
                inherit == Inherit::Everything || BASICS.contains(&key)
            });
        }
        Ok(Some(profile))
    }

    /// The settings of `[sso-session NAME]`.
    pub(crate) fn sso_session(&self, name: &str) -> Option<&Section> {
        self.config
            .sections()
            .iter()
            .find(|section| section.named("sso-session") == Some(name))
    }

    /// A service's endpoint in the `[services NAME]` of a profile.
    ///
    /// # Errors
    ///
    /// As for [all](Files::service_endpoints) of them.
    pub(crate) fn service_endpoint(&self, profile: &Profile, service: &str) -> Result<Option<&str>, Failure> {
        let mut all = self.service_endpoints(profile)?.into_iter();
        Ok(all.find(|(name, _)| *name == service).map(|(_, url)| url))
    }

    /// All services with an endpoint in the `[services NAME]` of a profile.
    ///
    /// # Errors
    ///
    /// If there is no such section, in the AWS CLI's words.
    pub(crate) fn service_endpoints(&self, profile: &Profile) -> Result<Vec<(&str, &str)>, Failure> {
        let Some(services) = profile.get("services") else {
            return Ok(Vec::new());
        };
        let sections = self.config.sections().iter();
        let sections: Vec<&Section> = sections
            .filter(|section| section.named("services") == Some(services))
            .collect();
        if sections.is_empty() {
            return Err(Failure::Setting(format!(
                "The profile is configured to use the services section but the \"{services}\" services configuration does not exist."
            )));
        }
        let settings = sections.into_iter().flat_map(|section| &section.settings);
        let endpoints = settings.filter_map(|setting| {
            let (_, url) = setting.nested.iter().find(|(name, _)| name == "endpoint_url")?;
            Some((setting.name.as_str(), url.as_str()))
        });
        Ok(endpoints.collect())
    }
}

impl Profile {
    /// A profile that no file has.
    pub(crate) fn bare(name: &str) -> Profile {
        Profile {
            name: name.to_owned(),
            ..Profile::default()
        }
    }

    /// A setting by its lower-case name; one that is empty is none.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.setting(name).map(|setting| setting.value.as_str())
    }

    /// The same, with where it comes from.
    pub(crate) fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings
            .get(name)
            .filter(|setting| !setting.value.is_empty())
    }

    /// All of them, by name.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.settings
            .iter()
            .map(|(name, setting)| (name.as_str(), setting))
    }

    /// Says something from elsewhere in its place.
    pub(crate) fn set(&mut self, name: &str, value: String, from: &str) {
        let from = from.to_owned();
        self.settings.insert(name.to_owned(), Setting { value, from });
    }

    fn take(&mut self, section: &Section) {
        for setting in &section.settings {
            let from = self.name.clone();
            self.set(&setting.name, setting.value.clone(), &from);
        }
    }

    fn inherit(&mut self, from: &Profile, which: impl Fn(&str) -> bool) {
        for (name, setting) in from.settings() {
            if which(name) && !OWN.contains(&name) && self.get(name).is_none() {
                self.settings.insert(name.to_owned(), setting.clone());
            }
        }
    }
}

fn path(variable: &str, name: &str) -> Option<PathBuf> {
    match env::var_os(variable).filter(|path| !path.is_empty()) {
        Some(path) => Some(expand(PathBuf::from(path))),
        None => env::home_dir().map(|home| home.join(".aws").join(name)),
    }
}

/// `~/` is the home here as well, as botocore has it.
fn expand(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}

pub(super) fn read(path: Option<&Path>) -> Result<Document, Failure> {
    let Some(path) = path else {
        return Ok(Document::default());
    };
    let unusable = |why: String| Failure::Setting(format!("{} cannot be read: {why}", path.display()));
    let mut file = match place::open(path) {
        Ok(file) => file.take(MAX_BYTES as u64 + 1),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Document::default()),
        Err(error) => return Err(unusable(error.to_string())),
    };
    let mut text = String::new();
    file.read_to_string(&mut text)
        .map_err(|error| unusable(error.to_string()))?;
    if text.len() > MAX_BYTES {
        return Err(unusable(format!("it is longer than {} MiB", MAX_BYTES >> 20)));
    }
    Ok(Document::parse(text))
}

#[cfg(test)]
impl Files {
    /// Files of these texts.
    pub(crate) fn of(config: &str, credentials: &str) -> Files {
        Files {
            config_path: None,
            credentials_path: None,
            config: Document::parse(config.to_owned()),
            credentials: Document::parse(credentials.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[default]\nregion=eu-west-1\noutput=json\nduration_seconds=900\n[profile base]\n\
        region=us-east-2\nmfa_serial=arn:base\n[profile a]\ninclude_profile=base\nrole_arn=r\n\
        [profile b]\nsource_profile=a\n[profile loop]\ninclude_profile=loop2\n[profile loop2]\ninclude_profile=loop\n\
        [services here]\nsts =\n  endpoint_url = http://sts\nssm=\n  endpoint_url = http://ssm\n";

    fn profile(name: &str, inherit: Inherit) -> Profile {
        Files::of(CONFIG, "[b]\naws_access_key_id=AKIA\n[c]\nx=y\n")
            .profile(name, inherit)
            .unwrap()
            .unwrap()
    }

    #[test]
    fn a_profile_takes_from_what_it_includes_or_else_from_default() {
        let a = profile("a", Inherit::Everything);
        assert_eq!(
            (a.get("region"), a.get("mfa_serial")),
            (Some("us-east-2"), Some("arn:base"))
        );
        assert_eq!(a.get("output"), None, "with include_profile, [default] is out");
        assert_eq!(a.setting("region").unwrap().from, "base");

        let b = profile("b", Inherit::Basics);
        assert_eq!(
            (b.get("region"), b.get("output")),
            (Some("eu-west-1"), Some("json"))
        );
        assert_eq!(b.get("duration_seconds"), None);
        assert_eq!(b.get("aws_access_key_id"), Some("AKIA"));
        assert_eq!(
            profile("b", Inherit::Everything).get("duration_seconds"),
            Some("900")
        );
    }

    #[test]
    fn a_circle_of_includes_is_refused() {
        let refused = Files::of(CONFIG, "")
            .profile("loop", Inherit::Basics)
            .unwrap_err();
        assert_eq!(
            refused.to_string(),
            "profile `loop` includes itself: loop → loop2 → loop"
        );
    }

    #[test]
    fn names_and_services_are_found() {
        let files = Files::of(CONFIG, "[b]\n[c]\n");
        assert_eq!(files.names(), ["default", "base", "a", "b", "loop", "loop2", "c"]);
        let endpoint = |services: &str, service| {
            let mut profile = Profile::bare("x");
            profile.set("services", services.to_owned(), "x");
            let found = files.service_endpoint(&profile, service);
            found
                .map(|url| url.map(str::to_owned))
                .map_err(|refused| refused.to_string())
        };
        assert_eq!(endpoint("here", "ssm"), Ok(Some("http://ssm".to_owned())));
        assert_eq!(endpoint("here", "kms"), Ok(None));
        insta::assert_snapshot!(endpoint("nothere", "ssm").unwrap_err(), @r#"The profile is configured to use the services section but the "nothere" services configuration does not exist."#);
    }
}
