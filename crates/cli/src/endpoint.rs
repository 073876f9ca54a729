//! Which server, which Region and which profile: the flags that every command has.
//!
//! Endpoints are found in AWS's order: the flag, the service's own variable, the general one, the
//! profile's `services` section, the profile's `endpoint_url`. Parameter Store exists at AWS too, so
//! that without any of them it is AWS that is called.

use std::env;

pub(crate) use kagiban_client::Service;
use kagiban_client::{Credentials, Endpoint as Place, parse_region, parse_url};

use crate::call::Client;
use crate::credentials;
use crate::failure::Failure;
use crate::profile::{self, Profile};

/// Where to call and as whom.
#[derive(Clone, clap::Args)]
pub(crate) struct Target {
    /// The server [default: AWS_ENDPOINT_URL, then the profile's endpoint_url]
    #[arg(long, global = true, value_name = "URL")]
    endpoint_url: Option<String>,
    /// A profile of ~/.aws/config and ~/.aws/credentials [default: AWS_PROFILE]
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// The Region to sign for [default: AWS_REGION, then the profile's region]
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<String>,
    /// Whether the profile's own settings come before the environment's.
    #[arg(skip)]
    apart: bool,
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
    pub(crate) credentials: Credentials,
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
            apart: false,
        }
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

    /// What the AWS CLI says to its plugin: a profile and a Region, either of which may be empty.
    pub(crate) fn of_plugin(profile: &str, region: &str) -> Target {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Target {
            endpoint_url: None,
            profile: given(profile),
            region: given(region),
            apart: false,
        }
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
        let (name, profile) = self.profile_in_use()?;
        let setting = |key| {
            profile
                .as_ref()
                .and_then(|profile| profile.get(key))
                .map(str::to_owned)
        };
        let region = self.region_with(profile.as_ref());
        let own_server = beside.filter(|url| !url.contains(".amazonaws.com"));
        let url = match (self.url(service, profile.as_ref())?, own_server) {
            (Some(url), _) => url,
            (None, Some(server)) => server.to_owned(),
            (None, None) => service.public(region.as_deref())?,
        };
        Ok(Endpoint {
            place: Place {
                service,
                url: parse_url(&url)?,
                region: parse_region(region.as_deref())?,
            },
            ca_bundle: first([variable("AWS_CA_BUNDLE"), setting("ca_bundle")]),
            credentials: credentials::find(profile.as_ref(), &name, self.profile.is_some())?,
        })
    }

    /// The credentials alone, for what calls nobody.
    ///
    /// # Errors
    ///
    /// If there are none, or none that this version can use.
    pub(crate) fn credentials(&self) -> Result<Credentials, Failure> {
        let (name, profile) = self.profile_in_use()?;
        credentials::find(profile.as_ref(), &name, self.profile.is_some())
    }

    /// The Region that somebody has chosen.
    ///
    /// # Errors
    ///
    /// If the profile cannot be read.
    pub(crate) fn chosen_region(&self) -> Result<Option<String>, Failure> {
        let (_, profile) = self.profile_in_use()?;
        Ok(self.region_with(profile.as_ref()))
    }

    fn profile_in_use(&self) -> Result<(String, Option<Profile>), Failure> {
        let name =
            first([self.profile.clone(), variable("AWS_PROFILE")]).unwrap_or_else(|| "default".to_owned());
        let profile = Profile::load(&name)?;
        Ok((name, profile))
    }

    fn region_with(&self, profile: Option<&Profile>) -> Option<String> {
        let setting = profile
            .and_then(|profile| profile.get("region"))
            .map(str::to_owned);
        self.ordered(
            &self.region,
            [variable("AWS_REGION"), variable("AWS_DEFAULT_REGION")],
            [setting, None],
        )
    }

    /// The endpoint that somebody has configured.
    fn url(&self, service: Service, profile: Option<&Profile>) -> Result<Option<String>, Failure> {
        let setting = |key| profile.and_then(|profile| profile.get(key)).map(str::to_owned);
        let ignored = first([
            variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
            setting("ignore_configured_endpoint_urls"),
        ]);
        if ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Ok(self.endpoint_url.clone());
        }
        let of_service = match setting("services") {
            Some(services) => profile::service_endpoint(&services, service.signing_name())?,
            None => None,
        };
        Ok(self.ordered(
            &self.endpoint_url,
            [variable(service.variable()), variable("AWS_ENDPOINT_URL")],
            [of_service, setting("endpoint_url")],
        ))
    }

    fn ordered(
        &self,
        flag: &Option<String>,
        environment: [Option<String>; 2],
        profile: [Option<String>; 2],
    ) -> Option<String> {
        let (near, far) = match self.apart {
            true => (profile, environment),
            false => (environment, profile),
        };
        flag.clone().or_else(|| first(near)).or_else(|| first(far))
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
            && self.credentials.access_key_id == other.credentials.access_key_id
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn first<const N: usize>(sources: [Option<String>; N]) -> Option<String> {
    sources.into_iter().flatten().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(profile: Option<&str>, apart: bool) -> Target {
        Target {
            endpoint_url: None,
            profile: profile.map(str::to_owned),
            region: Some("eu-west-1".to_owned()),
            apart,
        }
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_environment_comes_before_the_profile_except_for_the_other_end() {
        let order =
            |target: &Target| target.ordered(&None, [None, some("environment")], [some("profile"), None]);
        assert_eq!(order(&target(None, false)), some("environment"));
        assert_eq!(order(&target(Some("b"), true)), some("profile"));
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
