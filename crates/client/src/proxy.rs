//! Proxies, as the environment names them: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in small letters too.
//!
//! Whatever goes through a proxy goes through a tunnel (`CONNECT`), plain HTTP as well: a WebSocket
//! needs one anyway, and one way is easier to reason about than two. This machine itself is always
//! reached directly.

use std::env;
use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::Uri;
use kagiban_aws::SecretString;

use crate::Error;

/// Which proxy stands before which host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies {
    secure: Option<Proxy>,
    plain: Option<Proxy>,
    direct: Vec<String>,
}

/// One proxy.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    pub(crate) url: Uri,
    /// `Basic …`, if the URL has a user.
    pub(crate) authorization: Option<SecretString>,
}

impl Proxies {
    /// What the environment says.
    ///
    /// # Errors
    ///
    /// If a variable is set that is no proxy's URL.
    pub(crate) fn of_environment() -> Result<Proxies, Error> {
        Proxies::of(|name| env::var(name).ok())
    }

    #[cfg(test)]
    pub(crate) fn one(url: &str) -> Result<Proxies, Error> {
        Proxies::of(|name| (name == "ALL_PROXY").then(|| url.to_owned()))
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Result<Proxies, Error> {
        let either = |name: &str| {
            let small = variable(&name.to_lowercase());
            small.or_else(|| variable(name)).filter(|value| !value.is_empty())
        };
        let proxy = |name: &str| either(name).map(|value| Proxy::parse(name, &value)).transpose();
        let all = proxy("ALL_PROXY")?;
        let direct = either("NO_PROXY").unwrap_or_default();
        let direct = direct.split([',', ' ']).map(|entry| entry.trim().to_lowercase());
        Ok(Proxies {
            secure: proxy("HTTPS_PROXY")?.or_else(|| all.clone()),
            plain: proxy("HTTP_PROXY")?.or(all),
            direct: direct.filter(|entry| !entry.is_empty()).collect(),
        })
    }

    /// The proxy on the way to `host`.
    pub(crate) fn before(&self, host: &str, port: u16, secure: bool) -> Option<&Proxy> {
        let proxy = match secure {
            true => self.secure.as_ref(),
            false => self.plain.as_ref(),
        };
        proxy.filter(|_| !is_near(host) && !self.direct.iter().any(|entry| covers(entry, host, port)))
    }
}

impl Proxy {
    fn parse(name: &str, value: &str) -> Result<Proxy, Error> {
        let wrong = || {
            Error::Setting(format!(
                "{name} is not a proxy's URL such as http://proxy.example:3128"
            ))
        };
        let text = match value.contains("://") {
            true => value.to_owned(),
            false => format!("http://{value}"),
        };
        let url: Uri = text.parse().map_err(|_| wrong())?;
        let known = matches!(url.scheme_str(), Some("http" | "https"));
        if !known || url.host().is_none_or(str::is_empty) {
            return Err(wrong());
        }
        let authority = url.authority().map(hyper::http::uri::Authority::as_str);
        let user = authority
            .and_then(|authority| authority.rsplit_once('@'))
            .map(|(user, _)| user);
        let authorization = user.map(|user| {
            let user = user.split_once(':').map_or_else(
                || format!("{}:", unescape(user)),
                |(name, password)| format!("{}:{}", unescape(name), unescape(password)),
            );
            format!("Basic {}", BASE64_STANDARD.encode(user)).into()
        });
        Ok(Proxy { url, authorization })
    }
}

/// Whether an entry of `NO_PROXY` is about this host: `*`, a name with all below it, an address, a
/// network such as `10.0.0.0/8`; each but the last with a port if need be.
fn covers(entry: &str, host: &str, port: u16) -> bool {
    let host = host.to_lowercase();
    if entry == "*" || entry == host {
        return true;
    }
    if let (Some((network, bits)), Ok(address)) = (entry.split_once('/'), host.parse()) {
        return in_network(network, bits, address);
    }
    let name = match entry.rsplit_once(':') {
        Some((name, digits)) if digits.parse() == Ok(port) => name,
        Some((_, digits)) if digits.parse::<u16>().is_ok() && !entry.contains("::") => return false,
        _ => entry,
    };
    let name = name.trim_start_matches('*').trim_start_matches('.');
    let name = name.trim_matches(['[', ']']);
    host == name || host.strip_suffix(name).is_some_and(|above| above.ends_with('.'))
}

fn in_network(network: &str, bits: &str, address: IpAddr) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else {
        return false;
    };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) if bits <= 32 => {
            (network.to_bits() ^ address.to_bits()).leading_zeros() >= bits
        }
        (IpAddr::V6(network), IpAddr::V6(address)) if bits <= 128 => {
            (network.to_bits() ^ address.to_bits()).leading_zeros() >= bits
        }
        _ => false,
    }
}

/// Whether it is this machine, or its cloud's metadata, which no proxy is to see.
fn is_near(host: &str) -> bool {
    let is_near = |address: IpAddr| match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback(),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_near)
}

/// Resolves percent signs; one that escapes nothing stands for itself.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = tail.get(..2).filter(|_| *first == b'%');
        let escaped = escaped.and_then(|digits| std::str::from_utf8(digits).ok());
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        let value = |name: &str| {
            variables
                .iter()
                .find(|(found, _)| *found == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Proxies::of(value).unwrap()
    }

    fn before(proxies: &Proxies, host: &str, secure: bool) -> Option<String> {
        proxies
            .before(host, 443, secure)
            .map(|proxy| proxy.url.host().unwrap_or_default().to_owned())
    }

    #[test]
    fn each_scheme_has_its_proxy_and_small_letters_come_first() {
        let set = proxies(&[
            ("HTTPS_PROXY", "http://big"),
            ("https_proxy", "small:3128"),
            ("HTTP_PROXY", "http://plain"),
        ]);
        assert_eq!(before(&set, "k.example", true).as_deref(), Some("small"));
        assert_eq!(before(&set, "k.example", false).as_deref(), Some("plain"));
        assert_eq!(
            before(&proxies(&[("ALL_PROXY", "any")]), "k.example", false).as_deref(),
            Some("any")
        );
        assert_eq!(before(&proxies(&[]), "k.example", true), None);
    }

    #[test]
    fn this_machine_and_what_no_proxy_names_are_reached_directly() {
        let no =
            "internal.example, .corp.example,10.0.0.0/8,192.168.1.5,fd00::/8,k.example:443,*.dot.example";
        let set = proxies(&[("ALL_PROXY", "any"), ("NO_PROXY", no)]);
        for host in [
            "localhost",
            "127.0.0.1",
            "::1",
            "internal.example",
            "a.internal.example",
            "b.corp.example",
            "10.1.2.3",
            "192.168.1.5",
            "fd12::1",
            "K.example",
            "x.dot.example",
        ] {
            assert_eq!(before(&set, host, true), None, "{host}");
        }
        for host in [
            "notinternal.example",
            "11.0.0.1",
            "192.168.1.50",
            "example",
            "fe80::1",
        ] {
            assert!(before(&set, host, true).is_some(), "{host}");
        }
        assert!(set.before("k.example", 8443, true).is_some());
        assert_eq!(
            before(
                &proxies(&[("ALL_PROXY", "any"), ("no_proxy", "*")]),
                "k.example",
                true
            ),
            None
        );
    }

    #[test]
    fn a_proxys_user_is_sent_to_it_and_never_shown() {
        let set = proxies(&[("HTTPS_PROXY", "http://me:p%40ss@proxy.example:3128")]);
        let proxy = set.before("k.example", 443, true).unwrap();
        let sent = proxy.authorization.as_ref().unwrap().expose();
        assert_eq!(sent, format!("Basic {}", BASE64_STANDARD.encode("me:p@ss")));
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_being_repeated() {
        for value in ["socks5://me:hunter2@x", "http://", "http://a b"] {
            let error = Proxies::of(|name| (name == "HTTPS_PROXY").then(|| value.to_owned())).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
