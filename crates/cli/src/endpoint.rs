//! Which server, which Region and which profile: the flags that every command has.

use std::env;

use hyper::Uri;
use kagiban_aws::Region;

use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::profile::Profile;

/// Where to call and as whom.
#[derive(clap::Args)]
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
}

/// A server and everything that calling it takes.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) url: Uri,
    pub(crate) region: Region,
    pub(crate) credentials: Credentials,
    /// A file of certificate authorities that count instead of the system's.
    pub(crate) ca_bundle: Option<String>,
}

impl Target {
    /// Puts flags, environment and profile together.
    ///
    /// # Errors
    ///
    /// What is missing or cannot be used.
    pub(crate) fn resolve(&self) -> Result<Endpoint, Failure> {
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
        let url = first([
            self.endpoint_url.clone(),
            variable("AWS_ENDPOINT_URL_KAGIBAN"),
            variable("AWS_ENDPOINT_URL"),
            setting("endpoint_url"),
        ]);
        let region = first([
            self.region.clone(),
            variable("AWS_REGION"),
            variable("AWS_DEFAULT_REGION"),
            setting("region"),
        ]);
        Ok(Endpoint {
            url: parse_url(url.as_deref())?,
            region: parse_region(region.as_deref())?,
            ca_bundle: first([variable("AWS_CA_BUNDLE"), setting("ca_bundle")]),
            credentials: Credentials::find(profile.as_ref(), &name, named)?,
        })
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn first<const N: usize>(sources: [Option<String>; N]) -> Option<String> {
    sources.into_iter().flatten().next()
}

fn parse_url(url: Option<&str>) -> Result<Uri, Failure> {
    let Some(url) = url else {
        let text = "no server is named; set AWS_ENDPOINT_URL or give --endpoint-url https://…";
        return Err(Failure::Setting(text.to_owned()));
    };
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
