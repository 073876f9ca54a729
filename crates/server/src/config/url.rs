use std::fmt;
use std::str::FromStr;

use hyper::Uri;
use serde::{Deserialize, Serialize};

/// Where the server is reached: `http://` or `https://`, a host, perhaps a port, nothing after.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl {
    secure: bool,
    authority: String,
}

impl BaseUrl {
    /// Host and port, such as `kagiban.example.com` or `[::1]:4566`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether it is reached by TLS.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The same place for WebSockets, such as `wss://kagiban.example.com`.
    pub fn websocket(&self) -> String {
        format!("{}://{}", if self.secure { "wss" } else { "ws" }, self.authority)
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<BaseUrl, InvalidBaseUrl> {
        let uri: Uri = text.parse().map_err(|_| InvalidBaseUrl)?;
        let secure = match uri.scheme_str() {
            // `--stream-url` is thought of as a WebSocket's, so both spellings are understood.
            Some("https" | "wss") => true,
            Some("http" | "ws") => false,
            _ => return Err(InvalidBaseUrl),
        };
        let authority = uri.authority().ok_or(InvalidBaseUrl)?.as_str();
        let bare = uri.path() == "/" && uri.query().is_none() && !authority.contains('@');
        if !bare {
            return Err(InvalidBaseUrl);
        }
        Ok(BaseUrl {
            secure,
            authority: authority.to_owned(),
        })
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = InvalidBaseUrl;

    fn try_from(text: String) -> Result<BaseUrl, InvalidBaseUrl> {
        text.parse()
    }
}

impl From<BaseUrl> for String {
    fn from(url: BaseUrl) -> String {
        url.to_string()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "http{}://{}",
            if self.secure { "s" } else { "" },
            self.authority
        )
    }
}

/// The text is not a URL that stands for a whole server.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a URL here is a scheme, a host and perhaps a port, such as `https://kagiban.example.com`")]
pub struct InvalidBaseUrl;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_serves_browsers_and_websockets() {
        let url: BaseUrl = "https://kagiban.example.com:8443/".parse().unwrap();
        assert_eq!(url.to_string(), "https://kagiban.example.com:8443");
        assert_eq!(url.websocket(), "wss://kagiban.example.com:8443");
    }

    #[test]
    fn what_is_more_than_a_place_is_refused() {
        for text in [
            "",
            "kagiban",
            "https://a/b",
            "https://a/?b",
            "https://u:p@a",
            "ftp://a",
        ] {
            assert_eq!(text.parse::<BaseUrl>(), Err(InvalidBaseUrl), "{text}");
        }
    }
}
