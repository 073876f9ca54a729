//! Where webhooks may deliver to.

use std::net::IpAddr;

use crate::ParameterError;

/// A URL that deliveries can be sent to: https, or http to this very machine.
#[derive(Clone, Debug)]
pub(crate) struct Target(Box<str>);

impl Target {
    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// `InvalidInput`.
    pub(crate) fn parse(text: &str) -> Result<Target, ParameterError> {
        match Self::is_sound(text) {
            true => Ok(Target(text.into())),
            false => Err(ParameterError::InvalidInput(
                "the URL of a webhook begins with https://, or with http:// and a loopback address, and has neither \
                 a user's name nor a fragment"
                    .to_owned(),
            )),
        }
    }

    fn is_sound(text: &str) -> bool {
        let Some((scheme, rest)) = text.split_once("://") else {
            return false;
        };
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let host = host(authority);
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"#\\\"<>".contains(&byte));
        let named = !host.is_empty() && !authority.contains('@');
        plain && named && (scheme == "https" || scheme == "http" && is_loopback(host))
    }

    /// The address that deliveries go to over https, if the URL names one and no host.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        let rest = self.0.strip_prefix("https://")?;
        let authority = rest.split(['/', '?']).next()?;
        host(authority).trim_matches(['[', ']']).parse().ok()
    }

    pub(crate) fn into_inner(self) -> Box<str> {
        self.0
    }
}

/// A host without its port. An address of IPv6 is in brackets, whatever its last group is.
fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        _ => authority,
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_leave_the_machine_by_tls_alone() {
        for good in [
            "https://x.example",
            "https://x.example:8443/a?b=c",
            "http://127.0.0.1:9/",
            "http://[::1]/x",
            "http://localhost:80",
        ] {
            assert!(Target::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "x",
            "http://x.example/",
            "http://127.0.0.1.evil.example/",
            "http://localhost@evil.example/",
            "ftp://127.0.0.1/",
            "https://",
            "https://u:p@x.example/",
            "https://x.example/#f",
            "https://x y/",
            "https://é.example/",
        ] {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_is_known_beforehand_and_a_names_is_not() {
        let address = |url: &str| {
            Target::parse(url)
                .unwrap()
                .address()
                .map(|found| found.to_string())
        };
        let known = |text: &str| Some(text.to_owned());
        assert_eq!(address("https://127.0.0.1:8443/x"), known("127.0.0.1"));
        assert_eq!(address("https://[fd00:ec2::254]?x"), known("fd00:ec2::254"));
        assert_eq!(address("https://[::1]:443"), known("::1"));
        assert_eq!(address("https://127.0.0.1.example/"), None);
        assert_eq!(address("http://127.0.0.1/"), None, "that is another matter");
    }
}
