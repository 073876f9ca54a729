//! OpenID Connect providers: their URLs, audiences and thumbprints.
//
// DIFFERS: AWS fetches a thumbprint that is left out, and once trusted certificates by it. Here a
// provider's certificate must be one that this machine trusts; thumbprints are kept and shown only.

use std::fmt;
use std::str::FromStr;

use crate::IamError;

/// The most audiences of a provider.
const MAX_CLIENT_IDS: usize = 100;
/// The most thumbprints of a provider.
const MAX_THUMBPRINTS: usize = 5;

/// A provider's URL: what the `iss` of its tokens says, letter by letter.
///
/// Kept without its `https://`, as the provider's ARN has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProviderUrl(String);

/// Condition keys of our own begin so: a provider's claims, whose keys begin with its URL, must not
/// pass for them.
const PREFIXES: [&str; 6] = ["aws", "iam", "kms", "saml", "ssm", "sts"];

impl ProviderUrl {
    const SCHEME: &'static str = "https://";

    /// The URL without its scheme.
    pub fn bare(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProviderUrl {
    type Err = IamError;

    /// # Errors
    ///
    /// If it is not `https`, has no host, or a query, a fragment, a user or blanks.
    //
    // DIFFERS: a port is taken, which AWS advises against, because issuers inside a network have them.
    fn from_str(text: &str) -> Result<ProviderUrl, IamError> {
        let bare = text.strip_prefix(Self::SCHEME).unwrap_or_default();
        let host = bare.split('/').next().unwrap_or_default();
        let plain = bare
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"?#@\\%".contains(&b));
        match plain && is_host(host) && !PREFIXES.contains(&bare.to_ascii_lowercase().as_str()) {
            true => Ok(ProviderUrl(bare.to_owned())),
            false => Err(IamError::ValidationError(
                "Invalid Open ID Connect Provider URL".to_owned(),
            )),
        }
    }
}

/// A name or an address, with or without a port.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let is_address = |text: &str| text.parse::<std::net::Ipv6Addr>().is_ok();
    let bracketed = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    port.is_none_or(is_port) && (is_name || bracketed.is_some_and(is_address))
}

impl fmt::Display for ProviderUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::SCHEME, self.0)
    }
}

/// Takes audiences, each once.
///
/// # Errors
///
/// If they are too many.
pub(crate) fn client_ids(given: Vec<String>) -> Result<Vec<String>, IamError> {
    let mut ids: Vec<String> = Vec::with_capacity(given.len());
    for id in given {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    match ids.len() {
        count if count <= MAX_CLIENT_IDS => Ok(ids),
        _ => Err(IamError::LimitExceeded(format!(
            "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {MAX_CLIENT_IDS}"
        ))),
    }
}

/// Takes thumbprints.
///
/// # Errors
///
/// If they are too many, or one is something else than 40 hexadecimal digits.
pub(crate) fn thumbprints(given: Vec<String>) -> Result<Vec<String>, IamError> {
    if given.len() > MAX_THUMBPRINTS {
        return Err(IamError::InvalidInput(
            "Thumbprint list must contain fewer than 5 entries.",
        ));
    }
    let is_hex = |print: &String| print.len() == 40 && print.bytes().all(|b| b.is_ascii_hexdigit());
    match given.iter().all(is_hex) {
        true => Ok(given),
        // UNSURE: AWS's sentence.
        false => Err(IamError::InvalidInput(
            "Thumbprint must be 40 hexadecimal digits.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_https_and_nothing_but_host_and_path() {
        for good in [
            "https://token.actions.githubusercontent.com",
            "https://tenant.auth0.example/",
            "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC",
            "https://127.0.0.1:8443",
            "https://[::1]:8443/x",
        ] {
            assert_eq!(good.parse::<ProviderUrl>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "http://a",
            "https://",
            "https:///a",
            "https://a?b",
            "https://a#b",
            "https://u@a",
            "https://a b",
            "https://a:99999",
            "https://a:",
            "https://[::1",
            "https://\u{e4}",
            "https://aws",
            "https://STS",
            "a.example",
        ] {
            let refused = bad.parse::<ProviderUrl>().unwrap_err().to_string();
            assert_eq!(refused, "Invalid Open ID Connect Provider URL", "{bad}");
        }
    }

    #[test]
    fn audiences_count_once_and_a_hundred_is_the_limit() {
        let ids = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>();
        assert_eq!(client_ids(vec!["a".into(), "a".into()]).unwrap(), ["a"]);
        assert_eq!(client_ids(ids(100)).unwrap().len(), 100);
        assert_eq!(
            client_ids(ids(101)).unwrap_err().to_string(),
            "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100"
        );
    }

    #[test]
    fn five_thumbprints_of_forty_digits_are_the_limit() {
        let print = "a1".repeat(20);
        assert!(thumbprints(vec![print.clone(); 5]).is_ok());
        assert!(thumbprints(vec![print; 6]).is_err());
        assert!(thumbprints(vec!["zz".repeat(20)]).is_err());
    }
}
