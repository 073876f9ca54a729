//! Which server, which Region and which profile: the flags that every command has.
//!
//! Endpoints are found in AWS's order: the flag, the service's own variable, the general one, the
//! profile's `services` section, the profile's `endpoint_url`. Parameter Store exists at AWS too, so
//! that without any of them it is AWS that is called.

use std::sync::{Arc, OnceLock};

use kagiban_aws::Region;
pub(crate) use kagiban_client::Service;
use kagiban_client::{Credentials, Endpoint as Place, parse_region, parse_url};

use crate::call::Client;
use crate::commands::obtain::profile_names;
use crate::config::{Files, Profile};
use crate::credentials::Identity;
use crate::failure::Failure;
use crate::keeping::{Keeping, inherit};
use crate::vault::{self, Flags, Vault, variable};

/// Where to call and as whom.
#[derive(Clone, Default, clap::Args)]
pub(crate) struct Target {
    /// The server [default: AWS_ENDPOINT_URL, then the profile's endpoint_url]
    #[arg(long, global = true, value_name = "URL")]
    endpoint_url: Option<String>,
    /// A profile of ~/.aws/config and ~/.aws/credentials [default: AWS_PROFILE]
    #[arg(long, global = true, value_name = "NAME", add = profile_names())]
    profile: Option<String>,
    /// The Region [default: AWS_REGION, AWS_DEFAULT_REGION, then the profile's region]
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<String>,
    /// Whether the profile's own settings come before the environment's.
    #[arg(skip)]
    apart: bool,
    /// Whether nothing may take long, as at a tab.
    #[arg(skip)]
    is_hurried: bool,
    /// How keys are kept and people are asked.
    #[arg(skip)]
    keeping: Keeping,
    /// Whose calls they are, once that is known.
    #[arg(skip)]
    identity: Arc<OnceLock<Identity>>,
}

/// The other end of a command that has two.
#[derive(Debug, Default)]
pub(crate) struct Elsewhere<'a> {
    pub(crate) endpoint_url: Option<&'a str>,
    pub(crate) profile: Option<&'a str>,
    pub(crate) region: Option<&'a str>,
}

/// A service of a server and everything that calling it takes.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) place: Place,
    /// Whose calls they are.
    pub(crate) identity: Identity,
    /// A file of certificate authorities that count instead of the system's.
    pub(crate) ca_bundle: Option<String>,
}

impl Target {
    /// A client of `service`, from flags, environment and profile.
    ///
    /// # Errors
    ///
    /// What is missing or cannot be used.
    pub(crate) fn client(&self, service: Service) -> Result<Client, Failure> {
        Client::new(self.resolve(service)?)
    }

    /// What `--endpoint-url` says.
    pub(crate) fn endpoint_url(&self) -> Option<&str> {
        self.endpoint_url.as_deref()
    }

    /// What `--profile` says.
    pub(crate) fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// What `--region` says.
    pub(crate) fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// What the words of a command line that is still being typed say.
    pub(crate) fn of_words(words: &[String]) -> Target {
        let flag = |name: &str| {
            let mut after = words.iter().skip_while(|word| *word != name).skip(1);
            let joined = words
                .iter()
                .find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            joined.or(after.next().map(String::as_str)).map(str::to_owned)
        };
        Target {
            endpoint_url: flag("--endpoint-url"),
            profile: flag("--profile"),
            region: flag("--region"),
            is_hurried: true,
            keeping: Keeping::default().unattended(),
            ..Target::default()
        }
    }

    /// The same for a profile that the command names in another way than by `--profile`.
    pub(crate) fn of_profile(self, profile: String) -> Target {
        let profile = Some(profile);
        Target { profile, ..self }
    }

    /// The same with some of it otherwise. The settings of a profile that is named for the other end
    /// come before those of the environment, which can be right for one end only.
    pub(crate) fn elsewhere(&self, other: &Elsewhere<'_>) -> Target {
        let or = |given: Option<&str>, mine: &Option<String>| given.map(str::to_owned).or(mine.clone());
        let apart = other.profile.is_some();
        let mine = match apart {
            true => &None,
            false => &self.endpoint_url,
        };
        Target {
            endpoint_url: or(other.endpoint_url, mine),
            profile: or(other.profile, &self.profile),
            region: match apart {
                true => other.region.map(str::to_owned),
                false => or(other.region, &self.region),
            },
            apart,
            is_hurried: self.is_hurried,
            keeping: self.keeping.clone(),
            identity: match apart {
                true => Arc::default(),
                false => Arc::clone(&self.identity),
            },
        }
    }

    /// A client of another service where Parameter Store is.
    ///
    /// # Errors
    ///
    /// What is missing or cannot be used.
    pub(crate) fn client_beside(&self, service: Service) -> Result<Client, Failure> {
        let there = self.resolve(Service::Ssm)?;
        let place = Place {
            service,
            ..there.place
        };
        Client::new(Endpoint { place, ..there })
    }

    /// What the AWS CLI says to its plugin: a profile and a Region, either of which may be empty. Nobody is
    /// asked: the terminal is the session's, which may never need these credentials.
    pub(crate) fn of_plugin(profile: &str, region: &str) -> Target {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Target {
            profile: given(profile),
            region: given(region),
            keeping: Keeping::default().unattended(),
            ..Target::default()
        }
    }

    /// The same, with what flags say about stores and questions.
    pub(crate) fn with(self, keeping: &Keeping) -> Target {
        let keeping = keeping.clone();
        Target { keeping, ..self }
    }

    /// Where a service is. `beside` is a server's URL that counts when nobody has configured one; for
    /// Systems Manager it is the one that was called, and counts before everything.
    ///
    /// # Errors
    ///
    /// What is missing or cannot be used.
    pub(crate) fn endpoint(&self, service: Service, beside: Option<&str>) -> Result<Endpoint, Failure> {
        let called = beside.filter(|_| service == Service::Ssm);
        let target = Target {
            endpoint_url: called.map(str::to_owned).or_else(|| self.endpoint_url.clone()),
            ..self.clone()
        };
        target.resolve_beside(service, beside)
    }

    fn resolve(&self, service: Service) -> Result<Endpoint, Failure> {
        self.resolve_beside(service, None)
    }

    fn resolve_beside(&self, service: Service, beside: Option<&str>) -> Result<Endpoint, Failure> {
        let (files, profile) = self.profile_in_use()?;
        let identity = self.identity(&files, &profile)?;
        let place = self.place_beside(service, beside, &files, &profile)?;
        identity.admits(&place.shown())?;
        // Now, while a person can still be asked.
        identity.current()?;
        Ok(Endpoint {
            place,
            ca_bundle: ca_bundle(&profile),
            identity,
        })
    }

    /// Where a service is, and a file of certificate authorities for it, whoever calls.
    ///
    /// # Errors
    ///
    /// If nobody says, or what they say cannot be used.
    pub(crate) fn place(&self, service: Service) -> Result<(Place, Option<String>), Failure> {
        let (files, profile) = self.profile_in_use()?;
        let place = self.place_beside(service, None, &files, &profile)?;
        Ok((place, ca_bundle(&profile)))
    }

    fn place_beside(
        &self,
        service: Service,
        beside: Option<&str>,
        files: &Files,
        profile: &Profile,
    ) -> Result<Place, Failure> {
        let region = vault::region(profile, &self.flags());
        // A server has every Region: what would be taken in silence might be another than was meant.
        let named = || {
            let missing = "no Region is named; set AWS_REGION, the profile's region, or give --region";
            region
                .as_deref()
                .ok_or_else(|| Failure::Setting(missing.to_owned()))
        };
        let own_server = beside.filter(|url| !url.contains(".amazonaws.com"));
        let configured = vault::configured(service.signing_name(), files, profile, &self.flags())?;
        let url = match (configured, own_server) {
            (Some(url), _) => url,
            (None, Some(server)) => server.to_owned(),
            (None, None) => service.public(region.as_deref())?,
        };
        Ok(Place {
            service,
            url: parse_url(&url)?,
            region: parse_region(Some(named()?))?,
        })
    }

    /// The credentials alone, for whoever calls this server by itself.
    ///
    /// # Errors
    ///
    /// If there are none, or they come from a stored key that is for another place.
    pub(crate) fn credentials_for(&self, server: &str) -> Result<Credentials, Failure> {
        let (files, profile) = self.profile_in_use()?;
        let identity = self.identity(&files, &profile)?;
        identity.admits(server)?;
        identity.current()
    }

    /// The Region that somebody has chosen.
    ///
    /// # Errors
    ///
    /// If the profile cannot be read.
    pub(crate) fn chosen_region(&self) -> Result<Option<String>, Failure> {
        let (_, profile) = self.profile_in_use()?;
        Ok(vault::region(&profile, &self.flags()))
    }

    /// Files and stores, as the flags have them.
    ///
    /// # Errors
    ///
    /// If one cannot be used.
    pub(crate) fn vault(&self) -> Result<Vault, Failure> {
        self.keeping.vault(self, None)
    }

    /// What flags say of endpoint and Region.
    pub(crate) fn flags(&self) -> Flags {
        Flags {
            endpoint_url: self.endpoint_url.clone(),
            region: self.region.clone(),
            is_apart: self.apart,
        }
    }

    /// Whether somebody waits for the next key to do something.
    pub(crate) fn is_hurried(&self) -> bool {
        self.is_hurried
    }

    /// The profile that is meant, and both files. One that no file has may still be one of the store's.
    ///
    /// # Errors
    ///
    /// If the files cannot be read.
    pub(crate) fn profile_in_use(&self) -> Result<(Files, Profile), Failure> {
        let named = self.profile.clone().or_else(|| variable("AWS_PROFILE"));
        let name = named.unwrap_or_else(|| "default".to_owned());
        let files = Files::load()?;
        let profile = files.profile(&name, inherit())?;
        Ok((files, profile.unwrap_or_else(|| Profile::bare(&name))))
    }

    /// Found once, however many services a command calls.
    fn identity(&self, files: &Files, profile: &Profile) -> Result<Identity, Failure> {
        if let Some(identity) = self.identity.get() {
            return Ok(identity.clone());
        }
        let identity = Identity::find(self, files, profile)?;
        Ok(self.identity.get_or_init(|| identity).clone())
    }
}

impl Endpoint {
    /// Whether it is AWS's own.
    pub(crate) fn is_aws(&self) -> bool {
        self.place.is_aws()
    }

    /// Whether two endpoints keep the same parameters, as far as can be seen from here.
    pub(crate) fn is_same_place(&self, other: &Endpoint) -> bool {
        self.place.shown() == other.place.shown()
            && self.place.region == other.place.region
            && self.identity.is(&other.identity)
    }
}

/// A URL's server, for showing.
pub(crate) fn without_password(url: &str) -> String {
    match parse_url(url) {
        Ok(url) => Place {
            service: Service::Ssm,
            url,
            region: Region::us_east_1(),
        }
        .shown(),
        Err(_) => "what is no URL".to_owned(),
    }
}

fn ca_bundle(profile: &Profile) -> Option<String> {
    variable("AWS_CA_BUNDLE").or_else(|| profile.get("ca_bundle").map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(profile: Option<&str>, apart: bool) -> Target {
        Target {
            profile: profile.map(str::to_owned),
            region: Some("eu-west-1".to_owned()),
            apart,
            ..Target::default()
        }
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_other_end_keeps_what_is_not_said_otherwise() {
        let mine = target(Some("a"), false);
        let there = mine.elsewhere(&Elsewhere {
            region: Some("us-east-1"),
            ..Elsewhere::default()
        });
        assert_eq!(
            (there.profile, there.region, there.apart),
            (some("a"), some("us-east-1"), false)
        );
        let there = mine.elsewhere(&Elsewhere {
            profile: Some("b"),
            ..Elsewhere::default()
        });
        assert_eq!(
            (there.profile, there.region, there.apart),
            (some("b"), None, true)
        );
    }
}
