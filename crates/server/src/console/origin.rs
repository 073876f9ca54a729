//! Where browsers reach the server, and what lies below it.

use hyper::header::{HOST, HeaderValue};
use hyper::http::uri::Authority;

use crate::config::BaseUrl;
use crate::http::Request;

/// Scheme, host and perhaps a port, such as `https://kagiban.example.com`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Origin {
    text: String,
    secure: bool,
}

/// Longer ones are no browser's.
const MAX_URL: usize = 2048;
const MAX_HOST: usize = 260;

impl Origin {
    /// Where the operator says; else where the request says that it was sent.
    ///
    /// `None` if it does not say, or says what is no host.
    pub(super) fn of(request: &Request, public_url: Option<&BaseUrl>) -> Option<Origin> {
        if let Some(url) = public_url {
            return Some(Origin {
                text: url.to_string(),
                secure: url.is_secure(),
            });
        }
        let mut hosts = request.headers.get_all(HOST).into_iter();
        let host = hosts.next()?.to_str().ok().filter(|_| hosts.next().is_none())?;
        let (scheme, usual_port) = match request.secure {
            true => ("https", ":443"),
            false => ("http", ":80"),
        };
        // As browsers write it in the URLs that come back.
        let plain = host.to_ascii_lowercase();
        let plain = plain.strip_suffix(usual_port).unwrap_or(&plain);
        is_host(host).then(|| Origin {
            text: format!("{scheme}://{plain}"),
            secure: request.secure,
        })
    }

    /// The port, if it is not the scheme's own.
    pub(super) fn port(&self) -> Option<&str> {
        let (_, port) = self.text.rsplit_once(':')?;
        port.bytes().all(|byte| byte.is_ascii_digit()).then_some(port)
    }

    /// Whether browsers come by TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.secure
    }

    /// The URL of a path.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// A URL as a redirect's target, if it is a page of this console and nothing that a browser could take
    /// for another place.
    pub(super) fn console_page(&self, url: &str) -> Option<HeaderValue> {
        self.below(url, |path| path == "/console" || path.starts_with("/console/"))
    }

    /// The same for the sign-in or a page of the console.
    pub(super) fn own_page(&self, url: &str) -> Option<HeaderValue> {
        self.console_page(url)
            .or_else(|| self.below(url, |path| path == "/federation"))
    }

    /// What is compared is the text, not what a parser makes of it: browsers have parsers of their own.
    fn below(&self, url: &str, is_there: impl FnOnce(&str) -> bool) -> Option<HeaderValue> {
        let rest = url.strip_prefix(&self.text)?;
        let (path, _query) = rest.split_once('?').unwrap_or((rest, ""));
        let is_plain = rest.bytes().all(is_url_character) && !has_tricks(path);
        match is_plain && url.len() <= MAX_URL && is_there(path) {
            true => HeaderValue::from_str(url).ok(),
            false => None,
        }
    }
}

/// A name or an address, perhaps a port, and no user before them.
fn is_host(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
    let has_host = |authority: Authority| !authority.host().is_empty();
    text.len() <= MAX_HOST && text.bytes().all(is_plain) && text.parse().is_ok_and(has_host)
}

/// RFC 3986's own, without a fragment's mark; above all no backslash, blank or control character.
fn is_url_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%/?".contains(&byte)
}

/// Whether a browser would make another path of it.
fn has_tricks(path: &str) -> bool {
    let path = path.to_ascii_lowercase().replace("%2e", ".");
    path.contains("//") || path.split('/').any(|part| part == "." || part == "..")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::{HeaderMap, Method};
    use proptest::prelude::*;

    use super::*;

    fn request(hosts: &[&str], secure: bool) -> Request {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_str(host).unwrap());
        }
        Request {
            method: Method::GET,
            uri: "/console".parse().unwrap(),
            headers,
            body: Bytes::new(),
            peer: [127, 0, 0, 1].into(),
            secure,
            upgrade: None,
            acquaintance: crate::http::Acquaintance::default(),
        }
    }

    fn origin() -> Origin {
        Origin::of(&request(&["kagiban.example:8443"], true), None).unwrap()
    }

    #[test]
    fn the_origin_is_the_public_url_or_what_the_request_says() {
        let url: BaseUrl = "https://kagiban.example.com".parse().unwrap();
        let public = Origin::of(&request(&["10.0.0.1:4566"], false), Some(&url)).unwrap();
        assert_eq!(public.at("/console"), "https://kagiban.example.com/console");
        assert!(public.is_secure());
        let local = Origin::of(&request(&["[::1]:4566"], false), None).unwrap();
        assert_eq!(local.at("/federation"), "http://[::1]:4566/federation");
        assert!(!local.is_secure() && origin().is_secure());
        assert_eq!((local.port(), public.port()), (Some("4566"), None));
    }

    #[test]
    fn the_origin_is_spelled_as_browsers_spell_it() {
        for (host, secure, spelled) in [
            ("Kagiban.Example:443", true, "https://kagiban.example"),
            ("KAGIBAN.example:80", false, "http://kagiban.example"),
            ("kagiban.example:80", true, "https://kagiban.example:80"),
            ("[::1]:443", true, "https://[::1]"),
        ] {
            assert_eq!(
                Origin::of(&request(&[host], secure), None).unwrap().at(""),
                spelled
            );
        }
    }

    #[test]
    fn what_is_no_host_is_no_origin() {
        for hosts in [
            &[][..],
            &["a", "b"],
            &[""],
            &["ada@kagiban.example"],
            &["a/b"],
            &["a b"],
            &["a\"><script>"],
            &["a:b:c"],
        ] {
            assert_eq!(Origin::of(&request(hosts, true), None), None, "{hosts:?}");
        }
    }

    #[test]
    fn a_destination_is_a_page_of_this_console() {
        for path in [
            "/console",
            "/console/",
            "/console/home",
            "/console?region=eu-west-1",
            "/console/home?next=a%2Fb%3D&region=x",
        ] {
            let url = origin().at(path);
            assert_eq!(origin().console_page(&url).unwrap(), url.as_str());
        }
    }

    #[test]
    fn no_destination_leads_elsewhere() {
        for url in [
            "",
            "/console",
            "//evil.example/console",
            "https://evil.example/console",
            "http://kagiban.example:8443/console",
            "https://kagiban.example/console",
            "https://kagiban.example:84430/console",
            "https://kagiban.example:8443@evil.example/console",
            "https://kagiban.example:8443.evil.example/console",
            "https://kagiban.example:8443\\@evil.example/console",
            "https://ada@kagiban.example:8443/console",
            "HTTPS://kagiban.example:8443/console",
            " https://kagiban.example:8443/console",
            "https://kagiban.example:8443",
            "https://kagiban.example:8443/",
            "https://kagiban.example:8443//evil.example",
            "https://kagiban.example:8443//evil.example/console",
            "https://kagiban.example:8443/\\evil.example",
            "https://kagiban.example:8443/console\\..",
            "https://kagiban.example:8443/consoles",
            "https://kagiban.example:8443/console//evil.example",
            "https://kagiban.example:8443/console/../federation",
            "https://kagiban.example:8443/console/%2e%2E/federation",
            "https://kagiban.example:8443/console/./home",
            "https://kagiban.example:8443/console#x",
            "https://kagiban.example:8443/console?a b",
            "https://kagiban.example:8443/console\r\nSet-Cookie: a=b",
            "https://kagiban.example:8443/console/é",
            "https://kagiban.example:8443/federation",
            "javascript:alert(1)",
        ] {
            assert_eq!(origin().console_page(url), None, "{url}");
        }
        let long = origin().at(&format!("/console/{}", "a".repeat(MAX_URL)));
        assert_eq!(origin().console_page(&long), None);
    }

    #[test]
    fn after_signing_out_the_sign_in_may_follow() {
        let link = origin().at("/federation?Action=login&Destination=https%3A%2F%2Fx&SigninToken=a-b_c");
        assert_eq!(origin().own_page(&link).unwrap(), link.as_str());
        assert!(origin().own_page(&origin().at("/console")).is_some());
        for path in ["/", "/federation/x", "/oauth", "/federation/../x"] {
            assert_eq!(origin().own_page(&origin().at(path)), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_taken_stays_below_the_origin(rest in "[ -~]{0,40}", path in "(/console)?[/.%2eE@\\\\:?#a]{0,12}") {
            for url in [origin().at(&rest), origin().at(&path), rest.clone(), path.clone()] {
                if let Some(taken) = origin().console_page(&url) {
                    let uri: hyper::Uri = taken.to_str().unwrap().parse().unwrap();
                    prop_assert_eq!(uri.authority().unwrap().as_str(), "kagiban.example:8443");
                    prop_assert!(uri.path().starts_with("/console"));
                }
            }
        }
    }
}
