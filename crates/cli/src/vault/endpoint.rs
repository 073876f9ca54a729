//! Where a profile's STS and IAM are, and which key may go there.
//!
//! Endpoints are found in AWS's order: the flag, the service's own variable, the general one, the
//! profile's `services` section, its `endpoint_url`, AWS. A key is pinned to the place it was added
//! for, so that a stray variable never sends a real account's key to another server, or the reverse.

use std::env;

use hyper::Uri;
use kagiban_aws::Region;
use kagiban_client::{parse_region, parse_url};

use crate::config::{Files, Profile};
use crate::failure::Failure;

/// A service of the Query protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Service {
    Iam,
    Sts,
}

/// A service's address, for one profile.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) service: Service,
    pub(crate) url: Uri,
    /// What requests are signed for.
    pub(crate) region: Region,
    pub(crate) ca_bundle: Option<String>,
    /// AWS's partition, or the origin of another server.
    pub(crate) place: String,
}

/// What flags say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    pub(crate) endpoint_url: Option<String>,
    pub(crate) region: Option<String>,
    /// Whether the profile's own settings come before the environment's.
    pub(crate) is_apart: bool,
}

/// A part of AWS with a domain of its own.
struct Partition {
    name: &'static str,
    domain: &'static str,
    /// Where IAM, which has no Regions, signs for.
    home: &'static str,
    /// How its Regions begin.
    prefix: &'static str,
}

/// The last one takes every Region that no other does.
const PARTITIONS: [Partition; 8] = [
    Partition {
        name: "aws-cn",
        domain: "amazonaws.com.cn",
        home: "cn-north-1",
        prefix: "cn-",
    },
    Partition {
        name: "aws-us-gov",
        domain: "amazonaws.com",
        home: "us-gov-west-1",
        prefix: "us-gov-",
    },
    Partition {
        name: "aws-iso",
        domain: "c2s.ic.gov",
        home: "us-iso-east-1",
        prefix: "us-iso-",
    },
    Partition {
        name: "aws-iso-b",
        domain: "sc2s.sgov.gov",
        home: "us-isob-east-1",
        prefix: "us-isob-",
    },
    Partition {
        name: "aws-iso-e",
        domain: "cloud.adc-e.uk",
        home: "eu-isoe-west-1",
        prefix: "eu-isoe-",
    },
    Partition {
        name: "aws-iso-f",
        domain: "csp.hci.ic.gov",
        home: "us-isof-south-1",
        prefix: "us-isof-",
    },
    Partition {
        name: "aws-eusc",
        domain: "amazonaws.eu",
        home: "eusc-de-east-1",
        prefix: "eusc-",
    },
    Partition {
        name: "aws",
        domain: "amazonaws.com",
        home: "us-east-1",
        prefix: "",
    },
];

impl Service {
    /// What stands in a credential's scope, in hosts and in settings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Service::Iam => "iam",
            Service::Sts => "sts",
        }
    }

    pub(crate) fn version(self) -> &'static str {
        match self {
            Service::Iam => "2010-05-08",
            Service::Sts => "2011-06-15",
        }
    }

    /// Where AWS has it, and the Region that is signed for there.
    fn public(self, region: Option<&str>, is_legacy: bool) -> (String, Option<String>) {
        let partition = partition(region);
        let (name, domain) = (self.name(), partition.domain);
        match region {
            Some(region) if self == Service::Sts && !(is_legacy && partition.name == "aws") => (
                format!("https://{name}.{region}.{domain}"),
                Some(region.to_owned()),
            ),
            _ => (
                format!("https://{name}.{domain}"),
                Some(partition.home.to_owned()),
            ),
        }
    }
}

impl Endpoint {
    /// Finds a service for a profile.
    ///
    /// # Errors
    ///
    /// If a URL or a Region cannot be used.
    pub(crate) fn find(
        service: Service,
        files: &Files,
        profile: &Profile,
        flags: &Flags,
    ) -> Result<Endpoint, Failure> {
        let region = region(profile, flags);
        let ca_bundle = variable("AWS_CA_BUNDLE").or_else(|| profile.get("ca_bundle").map(str::to_owned));
        if let Some(url) = configured(service.name(), files, profile, flags)? {
            let url = parse_url(&url)?;
            return Ok(Endpoint {
                service,
                place: origin(&url),
                url,
                region: parse_region(region.as_deref())?,
                ca_bundle,
            });
        }
        let regional = variable("AWS_STS_REGIONAL_ENDPOINTS")
            .or_else(|| profile.get("sts_regional_endpoints").map(str::to_owned));
        let (url, signed_for) = service.public(region.as_deref(), regional.as_deref() == Some("legacy"));
        Ok(Endpoint {
            service,
            url: parse_url(&url)?,
            region: parse_region(signed_for.as_deref())?,
            ca_bundle,
            place: partition(region.as_deref()).name.to_owned(),
        })
    }

    /// Refuses a key that was added for another place.
    ///
    /// # Errors
    ///
    /// If it was.
    pub(crate) fn admits(&self, profile: &str, place: Option<&str>) -> Result<(), Failure> {
        match place {
            Some(ANY_OF_AWS) if is_of_aws(&self.place) => Ok(()),
            Some(place) if place != self.place => Err(Failure::Setting(format!(
                "the key of profile `{profile}` was added for {place} and would be sent to {}; set the profile's endpoint_url, or add the key again with the endpoint it is for",
                self.place
            ))),
            _ => Ok(()),
        }
    }
}

impl Flags {
    /// What counts of environment and profile: mostly the first, and for the other end of a command the
    /// second, since an environment can be right for one end only.
    fn nearer(
        &self,
        environment: impl Fn() -> Option<String>,
        profile: impl Fn() -> Option<String>,
    ) -> Option<String> {
        match self.is_apart {
            true => profile().or_else(environment),
            false => environment().or_else(profile),
        }
    }
}

/// The Region of a profile: flag, environment, setting.
pub(crate) fn region(profile: &Profile, flags: &Flags) -> Option<String> {
    let environment = || variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let setting = || profile.get("region").map(str::to_owned);
    flags
        .region
        .clone()
        .or_else(|| flags.nearer(environment, setting))
}

/// The endpoint that somebody has set for a service; `None` is AWS's own.
///
/// # Errors
///
/// If the profile says that it is in a section which is not there.
pub(crate) fn configured(
    service: &str,
    files: &Files,
    profile: &Profile,
    flags: &Flags,
) -> Result<Option<String>, Failure> {
    if flags.endpoint_url.is_some() {
        return Ok(flags.endpoint_url.clone());
    }
    if ignores_configured(profile) {
        return Ok(None);
    }
    let of_environment = variable(&format!("AWS_ENDPOINT_URL_{}", service.to_uppercase()))
        .or_else(|| variable("AWS_ENDPOINT_URL"));
    if of_environment.is_some() && !flags.is_apart {
        return Ok(of_environment);
    }
    let of_profile = files
        .service_endpoint(profile, service)?
        .or(profile.get("endpoint_url"));
    Ok(of_profile.map(str::to_owned).or(of_environment))
}

fn ignores_configured(profile: &Profile) -> bool {
    let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    let ignored = ignored
        .as_deref()
        .or(profile.get("ignore_configured_endpoint_urls"));
    ignored.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The variables that tell a command where a profile's services are.
///
/// # Errors
///
/// If one of them is elsewhere than `own`, the place of the stored key that the command's credentials come
/// from.
pub(crate) fn exported(
    files: &Files,
    profile: &Profile,
    flags: &Flags,
    own: Option<&str>,
) -> Result<Vec<(String, String)>, Failure> {
    // No service is called so: what is left is what counts for all of them.
    let general = configured("", files, profile, flags)?.map(|url| ("AWS_ENDPOINT_URL".to_owned(), url));
    let of_services = match flags.endpoint_url.is_none() && !ignores_configured(profile) {
        true => files.service_endpoints(profile)?,
        false => Vec::new(),
    };
    let of_services = of_services.into_iter().map(|(service, url)| {
        let service = service.to_uppercase().replace(['-', ' '], "_");
        (format!("AWS_ENDPOINT_URL_{service}"), url.to_owned())
    });
    let all: Vec<(String, String)> = general.into_iter().chain(of_services).collect();
    let Some(own) = own else {
        return Ok(all);
    };
    for (name, url) in &all {
        let there = origin(&parse_url(url)?);
        if !is_same_place(own, &there) {
            return Err(Failure::Setting(format!(
                "profile `{}` would have {name}={there}, and its key is for {own}; take that endpoint out of the profile, since what comes from a key goes to the key's place only",
                profile.name
            )));
        }
    }
    Ok(all)
}

/// The place of a key of which it is only known that it is AWS's: whichever of its partitions.
pub(crate) const ANY_OF_AWS: &str = "AWS";

/// Whether two places are one: the same server, or both of them AWS.
pub(crate) fn is_same_place(one: &str, other: &str) -> bool {
    one == other || (is_of_aws(one) && is_of_aws(other))
}

fn is_of_aws(place: &str) -> bool {
    let domains = PARTITIONS.iter().map(|partition| partition.domain);
    let is_named = PARTITIONS.iter().any(|partition| partition.name == place);
    is_named
        || place.strip_prefix("https://").is_some_and(|host| {
            domains
                .map(|domain| format!(".{domain}"))
                .any(|domain| host.ends_with(&domain))
        })
}

/// The endpoint that somebody has set for this service by its name.
///
/// DIFFERS: an endpoint for all services is none for IAM Identity Center, because a sign-in that is good
/// for all of an organization's accounts must not go to the one server that is meant by it.
///
/// # Errors
///
/// If the profile says that it is in a section which is not there.
pub(crate) fn own_endpoint(
    service: &str,
    files: &Files,
    profile: &Profile,
) -> Result<Option<String>, Failure> {
    match variable(&format!("AWS_ENDPOINT_URL_{}", service.to_uppercase())) {
        Some(url) => Ok(Some(url)),
        None => Ok(files.service_endpoint(profile, service)?.map(str::to_owned)),
    }
}

/// What the hosts of a Region's services end with.
pub(crate) fn domain(region: &str) -> &'static str {
    partition(Some(region)).domain
}

/// AWS's partition of a Region, by name.
pub(crate) fn partition_name(region: Option<&str>) -> &'static str {
    partition(region).name
}

fn partition(region: Option<&str>) -> &'static Partition {
    let region = region.unwrap_or_default();
    let found = PARTITIONS
        .iter()
        .find(|partition| region.starts_with(partition.prefix));
    found.expect("the last one takes every Region")
}

fn origin(url: &Uri) -> String {
    let port = url.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    let (scheme, host) = (
        url.scheme_str().unwrap_or_default(),
        url.host().unwrap_or_default(),
    );
    format!("{scheme}://{host}{port}")
}

pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_own_domain() {
        let public = |service: Service, region| service.public(region, false).0;
        assert_eq!(
            public(Service::Sts, Some("eu-west-1")),
            "https://sts.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            public(Service::Sts, Some("cn-north-1")),
            "https://sts.cn-north-1.amazonaws.com.cn"
        );
        assert_eq!(
            public(Service::Sts, Some("us-gov-east-1")),
            "https://sts.us-gov-east-1.amazonaws.com"
        );
        assert_eq!(
            public(Service::Sts, Some("mars-north-7")),
            "https://sts.mars-north-7.amazonaws.com"
        );
        assert_eq!(public(Service::Sts, None), "https://sts.amazonaws.com");
        assert_eq!(
            public(Service::Iam, Some("eu-west-1")),
            "https://iam.amazonaws.com"
        );
        assert_eq!(
            Service::Sts.public(Some("eu-west-1"), true).1.as_deref(),
            Some("us-east-1")
        );
    }

    #[test]
    fn a_key_stays_where_it_belongs() {
        let files = Files::of("[profile a]\nendpoint_url=http://127.0.0.1:4566/x\n", "");
        let profile = files.own("a").unwrap();
        let flags = Flags {
            region: Some("us-east-1".into()),
            ..Flags::default()
        };
        let ours = Endpoint::find(Service::Sts, &files, &profile, &flags).unwrap();
        assert_eq!(ours.place, "http://127.0.0.1:4566");
        assert!(ours.admits("a", Some("http://127.0.0.1:4566")).is_ok());
        assert!(
            ours.admits("a", None).is_ok(),
            "a key of before is not known to belong anywhere"
        );
        let refused = ours.admits("a", Some("aws")).unwrap_err().to_string();
        assert!(
            refused.contains("was added for aws and would be sent to http://127.0.0.1:4566"),
            "{refused}"
        );
        let aws = Endpoint::find(Service::Sts, &files, &Profile::default(), &flags).unwrap();
        assert!(aws.admits("a", Some("http://127.0.0.1:4566")).is_err());
    }

    #[test]
    fn all_of_aws_is_one_place_and_a_server_is_another() {
        assert!(is_same_place(
            "aws",
            "https://vpce-0.ssm.eu-west-1.vpce.amazonaws.com"
        ));
        assert!(is_same_place("https://k.example", "https://k.example"));
        for (one, other) in [
            ("aws", "https://amazonaws.com.k.example"),
            ("aws", "https://xamazonaws.com"),
            ("aws", "http://ssm.eu-west-1.amazonaws.com"),
            ("https://k.example", "https://k.example:8443"),
        ] {
            assert!(!is_same_place(one, other), "{one} {other}");
        }
    }

    #[test]
    fn the_environment_comes_before_the_profile_except_for_the_other_end() {
        let nearer = |is_apart| {
            let flags = Flags {
                is_apart,
                ..Flags::default()
            };
            flags.nearer(|| Some("environment".to_owned()), || Some("profile".to_owned()))
        };
        assert_eq!(nearer(false).as_deref(), Some("environment"));
        assert_eq!(nearer(true).as_deref(), Some("profile"));
    }
}
