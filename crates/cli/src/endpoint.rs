//! Which server, which Region and which profile: the flags that every command has.
//!
//! Endpoints are found in AWS's order: the flag, the service's own variable, the general one, the
//! profile's `services` section, the profile's `endpoint_url`. Parameter Store exists at AWS too, so
//! that without any of them it is AWS that is called.

use std::env;

use hyper::Uri;
use kagiban_aws::Region;

use crate::call::Client;
use crate::credentials::Credentials;
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

/// What is called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Service {
    /// What Kagiban has and AWS has not.
    Kagiban,
    /// AWS Systems Manager, with Parameter Store.
    Ssm,
}

/// A service of a server and everything that calling it takes.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) service: Service,
    pub(crate) url: Uri,
    pub(crate) region: Region,
    pub(crate) credentials: Credentials,
    /// A file of certificate authorities that count instead of the system's.
    pub(crate) ca_bundle: Option<String>,
}

impl Service {
    /// What stands in the credential's scope.
    pub(crate) fn signing_name(self) -> &'static str {
        match self {
            Service::Kagiban => "kagiban",
            Service::Ssm => "ssm",
        }
    }

    /// What stands before an operation's name.
    pub(crate) fn target_prefix(self) -> &'static str {
        match self {
            Service::Kagiban => "Kagiban",
            Service::Ssm => "AmazonSSM",
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Service::Kagiban => "AWS_ENDPOINT_URL_KAGIBAN",
            Service::Ssm => "AWS_ENDPOINT_URL_SSM",
        }
    }

    /// Where AWS has it.
    fn public(self, region: Option<&str>) -> Result<String, Failure> {
        let missing = match (self, region) {
            (Service::Ssm, Some(region)) => return Ok(at_aws(region)),
            (Service::Ssm, None) => {
                "neither a server nor a Region is named; set AWS_ENDPOINT_URL for a server of your own, or AWS_REGION for AWS"
            }
            (Service::Kagiban, _) => {
                "no server is named, and AWS does not have this; set AWS_ENDPOINT_URL or give --endpoint-url https://…"
            }
        };
        Err(Failure::Setting(missing.to_owned()))
    }
}

fn at_aws(region: &str) -> String {
    let domain = match region.starts_with("cn-") {
        true => "amazonaws.com.cn",
        false => "amazonaws.com",
    };
    format!("https://ssm.{region}.{domain}")
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
        Client::new(Endpoint { service, ..there })
    }

    fn resolve(&self, service: Service) -> Result<Endpoint, Failure> {
        let named = self.profile.is_some();
        let name =
            first([self.profile.clone(), variable("AWS_PROFILE")]).unwrap_or_else(|| "default".to_owned());
        let profile = Profile::load(&name)?;
        let setting = |key| {
            profile
                .as_ref()
                .and_then(|profile| profile.get(key))
                .map(str::to_owned)
        };
        let region = self.ordered(
            &self.region,
            [variable("AWS_REGION"), variable("AWS_DEFAULT_REGION")],
            [setting("region"), None],
        );
        let url = match self.url(service, profile.as_ref())? {
            Some(url) => url,
            None => service.public(region.as_deref())?,
        };
        Ok(Endpoint {
            service,
            url: parse_url(&url)?,
            region: parse_region(region.as_deref())?,
            ca_bundle: first([variable("AWS_CA_BUNDLE"), setting("ca_bundle")]),
            credentials: Credentials::find(profile.as_ref(), &name, named)?,
        })
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
    /// Host and port, as the header has them.
    pub(crate) fn authority(&self) -> &str {
        let authority = self.url.authority().map(hyper::http::uri::Authority::as_str);
        let authority = authority.unwrap_or_default();
        authority.rsplit('@').next().unwrap_or(authority)
    }

    /// The URL without what may be a secret.
    pub(crate) fn shown(&self) -> String {
        let url = &self.url;
        let port = url.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        let (scheme, host) = (
            url.scheme_str().unwrap_or_default(),
            url.host().unwrap_or_default(),
        );
        format!("{scheme}://{host}{port}")
    }

    /// Whether it is AWS's own.
    pub(crate) fn is_aws(&self) -> bool {
        let host = self.url.host().unwrap_or_default();
        host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
    }

    /// Whether two endpoints keep the same parameters, as far as can be seen from here.
    pub(crate) fn is_same_place(&self, other: &Endpoint) -> bool {
        self.shown() == other.shown()
            && self.region == other.region
            && self.credentials.access_key_id == other.credentials.access_key_id
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn first<const N: usize>(sources: [Option<String>; N]) -> Option<String> {
    sources.into_iter().flatten().next()
}

fn parse_url(url: &str) -> Result<Uri, Failure> {
    let parsed: Option<Uri> = url.parse().ok();
    parsed
        .filter(|url| url.host().is_some() && matches!(url.scheme_str(), Some("http" | "https")))
        .ok_or_else(|| Failure::Setting(format!("`{url}` is not a URL such as https://kagiban.example")))
}

/// A server has every Region; one that does not say is signed for as the AWS SDKs' oldest.
fn parse_region(region: Option<&str>) -> Result<Region, Failure> {
    match region {
        None => Ok(Region::us_east_1()),
        Some(text) => text
            .parse()
            .map_err(|_| Failure::Setting(format!("`{text}` is not a Region such as eu-west-1"))),
    }
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
    fn parameter_store_is_at_aws_when_no_server_is_named() {
        assert_eq!(
            Service::Ssm.public(Some("eu-west-1")).unwrap(),
            "https://ssm.eu-west-1.amazonaws.com"
        );
        assert_eq!(at_aws("cn-north-1"), "https://ssm.cn-north-1.amazonaws.com.cn");
        let missing = Service::Ssm.public(None).unwrap_err().to_string();
        assert!(missing.contains("AWS_REGION"), "{missing}");
        assert!(Service::Kagiban.public(Some("eu-west-1")).is_err());
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
