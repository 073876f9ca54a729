//! Which service of which server, and for which Region.

use hyper::Uri;
use kagiban_aws::{Region, SecretString};

use crate::Error;

/// What is called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Service {
    /// What Kagiban has and AWS has not.
    Kagiban,
    /// AWS Key Management Service.
    Kms,
    /// AWS Systems Manager, with Parameter Store.
    Ssm,
}

/// A service of a server, and the Region that requests are signed for.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The service.
    pub service: Service,
    /// Where the server is; see [`parse_url`].
    pub url: Uri,
    /// The Region in the credential's scope.
    pub region: Region,
}

/// An access key.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Such as `AKIAIOSFODNN7EXAMPLE`.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: SecretString,
    /// Present with temporary credentials.
    pub session_token: Option<SecretString>,
}

impl Service {
    /// What stands in the credential's scope.
    pub fn signing_name(self) -> &'static str {
        match self {
            Service::Kagiban => "kagiban",
            Service::Kms => "kms",
            Service::Ssm => "ssm",
        }
    }

    /// What stands before an operation's name.
    pub fn target_prefix(self) -> &'static str {
        match self {
            Service::Kagiban => "Kagiban",
            Service::Kms => "TrentService",
            Service::Ssm => "AmazonSSM",
        }
    }

    /// The environment's variable for this service alone.
    pub fn variable(self) -> &'static str {
        match self {
            Service::Kagiban => "AWS_ENDPOINT_URL_KAGIBAN",
            Service::Kms => "AWS_ENDPOINT_URL_KMS",
            Service::Ssm => "AWS_ENDPOINT_URL_SSM",
        }
    }

    /// Where AWS has it.
    ///
    /// # Errors
    ///
    /// What has to be set, if AWS does not have it or no Region is known.
    pub fn public(self, region: Option<&str>) -> Result<String, Error> {
        let missing = match (self, region) {
            (Service::Ssm | Service::Kms, Some(region)) => return Ok(at_aws(self, region)),
            (Service::Ssm | Service::Kms, None) => {
                "neither a server nor a Region is named; set AWS_ENDPOINT_URL for a server of your own, or AWS_REGION for AWS"
            }
            (Service::Kagiban, _) => {
                "no server is named, and AWS does not have this; set AWS_ENDPOINT_URL or give --endpoint-url https://…"
            }
        };
        Err(Error::Setting(missing.to_owned()))
    }
}

fn at_aws(service: Service, region: &str) -> String {
    let domain = match region.starts_with("cn-") {
        true => "amazonaws.com.cn",
        false => "amazonaws.com",
    };
    format!("https://{}.{region}.{domain}", service.signing_name())
}

impl Endpoint {
    /// Host and port, as the header has them.
    pub fn authority(&self) -> &str {
        authority(&self.url)
    }

    /// The URL without what may be a secret.
    pub fn shown(&self) -> String {
        shown(&self.url)
    }

    /// Whether it is AWS's own.
    pub fn is_aws(&self) -> bool {
        let host = self.url.host().unwrap_or_default();
        host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
    }
}

/// Reads the URL of a server.
///
/// # Errors
///
/// If it has no host, or is neither `http` nor `https`.
pub fn parse_url(url: &str) -> Result<Uri, Error> {
    let parsed: Option<Uri> = url.parse().ok();
    parsed
        .filter(|url| url.host().is_some() && matches!(url.scheme_str(), Some("http" | "https")))
        .ok_or_else(|| Error::Setting(format!("`{url}` is not a URL such as https://kagiban.example")))
}

/// A path, with its query, on the server of a URL.
///
/// # Errors
///
/// If it is no path.
pub fn join(url: &Uri, path_and_query: &str) -> Result<Uri, Error> {
    let builder = Uri::builder()
        .scheme(url.scheme_str().unwrap_or("https"))
        .authority(authority(url))
        .path_and_query(path_and_query);
    builder
        .build()
        .map_err(|error| Error::Setting(format!("`{path_and_query}` is no path: {error}")))
}

/// Reads a Region. A server has every Region; one that does not say is signed for as the AWS SDKs' oldest.
///
/// # Errors
///
/// If it is no Region's name.
pub fn parse_region(region: Option<&str>) -> Result<Region, Error> {
    match region {
        None => Ok(Region::us_east_1()),
        Some(text) => text
            .parse()
            .map_err(|_| Error::Setting(format!("`{text}` is not a Region such as eu-west-1"))),
    }
}

pub(crate) fn authority(url: &Uri) -> &str {
    let authority = url.authority().map(hyper::http::uri::Authority::as_str);
    let authority = authority.unwrap_or_default();
    authority.rsplit('@').next().unwrap_or(authority)
}

pub(crate) fn shown(url: &Uri) -> String {
    let port = url.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    let (scheme, host) = (
        url.scheme_str().unwrap_or_default(),
        url.host().unwrap_or_default(),
    );
    format!("{scheme}://{host}{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_store_is_at_aws_when_no_server_is_named() {
        assert_eq!(
            Service::Ssm.public(Some("eu-west-1")).unwrap(),
            "https://ssm.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            at_aws(Service::Kms, "cn-north-1"),
            "https://kms.cn-north-1.amazonaws.com.cn"
        );
        let missing = Service::Ssm.public(None).unwrap_err().to_string();
        assert!(missing.contains("AWS_REGION"), "{missing}");
        assert!(Service::Kagiban.public(Some("eu-west-1")).is_err());
    }

    #[test]
    fn what_is_shown_of_a_url_has_no_password() {
        let url = parse_url("https://user:hunter2@k.example:8443/path").unwrap();
        assert_eq!(shown(&url), "https://k.example:8443");
        assert_eq!(authority(&url), "k.example:8443");
        for wrong in ["k.example", "ftp://k.example", "https://", ""] {
            assert!(parse_url(wrong).is_err(), "{wrong}");
        }
    }
}
