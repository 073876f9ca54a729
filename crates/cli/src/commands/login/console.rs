//! Consoles: where to sign in, and which pages there are then.

use std::net::IpAddr;

use hyper::Uri;
use kagiban_aws::SecretString;
use kagiban_client::{Connector, Http, parse_url};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{bundle, get};
use crate::commands::obtain::Obtained;
use crate::failure::Failure;
use crate::vault::{configured, escape, partition_name};

/// Where to sign in and where to go then.
pub(super) struct Console {
    pub(super) federation: String,
    console: String,
    /// Whether the server has said so itself: then it is known what both understand.
    pub(super) is_announced: bool,
}

/// Where a server says that it has a console.
const DOCUMENT: &str = "/.well-known/kagiban";

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Announced {
    signin_endpoint_url: Option<String>,
    console_url: Option<String>,
}

/// AWS's consoles, each with a host of its own for every Region.
const AWS_CONSOLES: [&str; 4] = [
    "console.aws.amazon.com",
    "console.amazonaws.cn",
    "console.amazonaws-us-gov.com",
    "console.amazonaws-eusc.eu",
];

impl Console {
    pub(super) fn of(obtained: &Obtained) -> Result<Console, Failure> {
        let (vault, profile) = (&obtained.vault, &obtained.chain.profile);
        let set = |name: &str| profile.get(name).map(str::to_owned);
        if let Some(server) = configured("sts", &vault.files, profile, &vault.flags)? {
            return match (set("signin_endpoint_url"), set("console_url")) {
                (Some(federation), Some(console)) => Ok(Console::set(federation, console)),
                (federation, console) => Console::announced(&server, bundle(obtained), federation, console),
            };
        }
        let (sign_in, domain) = match partition_name(obtained.region().as_deref()) {
            "aws" => ("us-east-1.signin.aws.amazon.com", "console.aws.amazon.com"),
            "aws-cn" => ("signin.amazonaws.cn", "console.amazonaws.cn"),
            "aws-us-gov" => ("signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"),
            "aws-eusc" => ("signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"),
            other => {
                return Err(Failure::Setting(format!(
                    "no sign-in is known for {other}; set signin_endpoint_url and console_url in the profile"
                )));
            }
        };
        Ok(Console::set(
            set("signin_endpoint_url").unwrap_or_else(|| format!("https://{sign_in}/federation")),
            set("console_url").unwrap_or_else(|| format!("https://{domain}")),
        ))
    }

    fn set(federation: String, console: String) -> Console {
        Console {
            federation,
            console,
            is_announced: false,
        }
    }

    /// What a server says of itself; the settings of the profile come first.
    ///
    /// Nothing secret is sent before it has said so: a server without a console would write the link
    /// with the credentials into its log.
    fn announced(
        server: &str,
        ca_bundle: Option<String>,
        federation: Option<String>,
        console: Option<String>,
    ) -> Result<Console, Failure> {
        let url = parse_url(server)?;
        let base = url.path().trim_end_matches('/').to_owned();
        let http = Http::new(Connector::new(ca_bundle)?, url.clone());
        let answer = get(&http, &format!("{base}{DOCUMENT}"))?;
        let announced: Announced = match answer.status {
            200 => serde_json::from_slice(&answer.body).unwrap_or_default(),
            _ => Announced::default(),
        };
        let is_announced = federation.is_none() && console.is_none();
        if let (true, Some(sign_in), Some(page)) = (
            is_announced,
            &announced.signin_endpoint_url,
            &announced.console_url,
        ) {
            return Ok(Console {
                federation: own(&url, sign_in)?,
                console: own(&url, page)?,
                is_announced,
            });
        }
        match (
            federation.or(announced.signin_endpoint_url),
            console.or(announced.console_url),
        ) {
            (Some(federation), Some(console)) => Ok(Console {
                federation,
                console,
                is_announced,
            }),
            _ => Err(Failure::Setting(format!(
                "{} has no web console that it tells of ({DOCUMENT}); if there is one elsewhere, set signin_endpoint_url and console_url in the profile",
                server.trim_end_matches('/')
            ))),
        }
    }

    /// AWS's console has a host for each Region; a server's own is told it; another one has its own pages.
    pub(super) fn destination(&self, region: Option<&str>, path: &str) -> String {
        let path = path.trim_start_matches('/');
        let domain = self.console.strip_prefix("https://");
        let of_aws = domain.filter(|domain| AWS_CONSOLES.contains(domain));
        match (of_aws, region) {
            (Some(domain), Some(region)) => {
                let path = if path.is_empty() { "console/home" } else { path };
                format!("https://{region}.{domain}/{path}?region={region}")
            }
            (Some(_), None) => format!(
                "{}/{}",
                self.console,
                if path.is_empty() { "console/home" } else { path }
            ),
            (None, Some(region)) if self.is_announced => {
                let page = self.page(path);
                let mark = if page.contains('?') { '&' } else { '?' };
                format!("{page}{mark}region={region}")
            }
            (None, _) => self.page(path),
        }
    }

    fn page(&self, path: &str) -> String {
        match path.is_empty() {
            true => self.console.clone(),
            false => format!("{}/{path}", self.console.trim_end_matches('/')),
        }
    }

    pub(super) fn link(
        &self,
        destination: &str,
        token: &SecretString,
        auto_logout: bool,
    ) -> Zeroizing<String> {
        let members = [
            ("Action", "login"),
            ("Issuer", "kagiban"),
            ("Destination", destination),
            ("SigninToken", token.expose()),
        ];
        let link = format!("{}?{}", self.federation, query(&members));
        match auto_logout {
            false => Zeroizing::new(link),
            true => {
                let members = [("Action", "logout"), ("redirect_uri", link.as_str())];
                let base = self.federation.trim_end_matches("/federation");
                Zeroizing::new(format!("{base}/oauth?{}", query(&members)))
            }
        }
    }
}

/// What a server says of itself is a page of its own, reached as the server itself is: behind a proxy that ends
/// TLS it may not know how.
fn own(server: &Uri, announced: &str) -> Result<String, Failure> {
    let place = |url: &Uri| (url.host().map(str::to_ascii_lowercase), url.port_u16());
    let page = parse_url(announced)
        .ok()
        .filter(|page| place(page) == place(server));
    match page {
        Some(page) if !announced.contains(['?', '#']) => Ok(format!("{}{}", origin(server), page.path())),
        _ => Err(Failure::Setting(format!(
            "{} tells of a console elsewhere, {}; set signin_endpoint_url and console_url in the profile if that is right",
            origin(server),
            announced.escape_debug()
        ))),
    }
}

/// Scheme, host and port, as browsers write them.
fn origin(url: &Uri) -> String {
    let scheme = url.scheme_str().unwrap_or("https");
    let host = url.host().unwrap_or_default().to_ascii_lowercase();
    match url.port_u16() {
        Some(port) if port != if scheme == "http" { 80 } else { 443 } => format!("{scheme}://{host}:{port}"),
        _ => format!("{scheme}://{host}"),
    }
}

/// Credentials go to another machine under TLS only.
pub(super) fn demand_tls(url: &Uri, console: &Console) -> Result<(), Failure> {
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match url.scheme_str() == Some("https") || is_here || console.is_announced {
        true => Ok(()),
        false => Err(Failure::Setting(format!(
            "{} would get credentials in the clear; signin_endpoint_url wants https",
            console.federation
        ))),
    }
}

pub(super) fn query(members: &[(&str, &str)]) -> String {
    let mut text = Vec::new();
    for (position, (name, value)) in members.iter().enumerate() {
        if position > 0 {
            text.push(b'&');
        }
        escape(name, &mut text);
        text.push(b'=');
        escape(value, &mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_tells_of_its_own_pages_only() {
        let behind_a_proxy = parse_url("https://K.example:443").unwrap();
        assert_eq!(
            own(&behind_a_proxy, "http://k.example:443/federation").unwrap(),
            "https://k.example/federation"
        );
        let server = parse_url("http://localhost:4566/").unwrap();
        for elsewhere in [
            "http://localhost:4567/federation",
            "https://kagiban.example/federation",
            "http://localhost:4566/federation#\u{1b}[2J",
            "http://localhost:4566/federation?a=b",
            "localhost:4566",
            "",
        ] {
            let refused = own(&server, elsewhere).unwrap_err().to_string();
            assert!(
                refused.contains("elsewhere") && !refused.contains('\u{1b}'),
                "{refused}"
            );
        }
    }

    #[test]
    fn credentials_go_elsewhere_under_tls_only() {
        let may = |federation: &str| {
            let console = Console::set(federation.to_owned(), "https://k/".to_owned());
            demand_tls(&parse_url(federation).unwrap(), &console).is_ok()
        };
        for (federation, is_allowed) in [
            ("https://k.example/federation", true),
            ("http://localhost:80/federation", true),
            ("http://[::1]:4566/federation", true),
            ("http://k.example/federation", false),
            ("http://127.0.0.1.example/federation", false),
        ] {
            assert_eq!(may(federation), is_allowed, "{federation}");
        }
    }

    #[test]
    fn links_lead_to_the_regions_console() {
        let aws = Console::set(
            "https://us-east-1.signin.aws.amazon.com/federation".to_owned(),
            "https://console.aws.amazon.com".to_owned(),
        );
        assert_eq!(
            aws.destination(Some("eu-west-1"), ""),
            "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1"
        );
        assert_eq!(
            aws.destination(Some("eu-west-1"), "/ec2/home"),
            "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1"
        );
        assert_eq!(
            aws.destination(None, ""),
            "https://console.aws.amazon.com/console/home"
        );
        let link = aws.link("https://x/?a=b", &"t+".to_owned().into(), false);
        assert!(
            link.ends_with(
                "?Action=login&Issuer=kagiban&Destination=https%3A%2F%2Fx%2F%3Fa%3Db&SigninToken=t%2B"
            ),
            "{}",
            *link
        );
        let link = aws.link("x", &"t".to_owned().into(), true);
        assert!(
            link.starts_with(
                "https://us-east-1.signin.aws.amazon.com/oauth?Action=logout&redirect_uri=https%3A%2F%2F"
            ),
            "{}",
            *link
        );
        let ours = Console::set("https://k/federation".into(), "https://console.k/".into());
        assert_eq!(ours.destination(Some("eu-west-1"), ""), "https://console.k/");
        assert_eq!(
            ours.destination(None, "parameters"),
            "https://console.k/parameters"
        );
        let announced = Console {
            is_announced: true,
            ..ours
        };
        for (path, to) in [
            ("", "https://console.k/?region=eu-west-1"),
            ("home?a=b", "https://console.k/home?a=b&region=eu-west-1"),
        ] {
            assert_eq!(announced.destination(Some("eu-west-1"), path), to);
        }
        assert_eq!(announced.destination(None, ""), "https://console.k/");
    }
}
