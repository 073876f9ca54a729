//! The cookie that a browser holds while its session lasts.

use hyper::HeaderMap;
use hyper::header::{COOKIE, HeaderValue};
use kagiban_aws::SecretString;

use super::origin::Origin;

/// Over TLS the name itself has browsers see to it that only this host, over TLS, has set it.
const SECURE: &str = "__Host-kagiban-console";
const PLAIN: &str = "kagiban-console";

// Lax, not Strict: the redirect that follows the sign-in may have been begun by another site's link, and the
// browser would keep a strict cookie back. What a cookie alone can do by GET is to look, or to sign out.
const TERMS: &str = "Path=/; HttpOnly; SameSite=Lax";

/// Browsers hold one cookie of a name for all ports of a host: servers side by side have names of their own.
fn name(origin: &Origin) -> String {
    let name = if origin.is_secure() { SECURE } else { PLAIN };
    match origin.port() {
        Some(port) => format!("{name}-{port}"),
        None => name.to_owned(),
    }
}

/// `Set-Cookie` for a session; it goes when the browser closes, or when the server says that it is over.
pub(super) fn set(origin: &Origin, session: &SecretString) -> HeaderValue {
    let mut value = header(origin, session.expose(), "");
    value.set_sensitive(true);
    value
}

/// `Set-Cookie` that takes it away.
pub(super) fn clear(origin: &Origin) -> HeaderValue {
    header(origin, "", "; Max-Age=0")
}

fn header(origin: &Origin, value: &str, more: &str) -> HeaderValue {
    let secure = if origin.is_secure() { "; Secure" } else { "" };
    let text = format!("{}={value}; {TERMS}{secure}{more}", name(origin));
    HeaderValue::from_str(&text).expect("a name, base64 and our own words are ASCII")
}

/// The session's cookie among those that came.
pub(super) fn find<'h>(headers: &'h HeaderMap, origin: &Origin) -> Option<&'h str> {
    let name = name(origin);
    let all = headers.get_all(COOKIE).into_iter();
    let pairs = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, value)| *found == name && !value.is_empty())
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BaseUrl;
    use crate::http::Request;

    fn origin(url: &str) -> Origin {
        let url: BaseUrl = url.parse().unwrap();
        let request = Request {
            method: hyper::Method::GET,
            uri: "/".parse().unwrap(),
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
            peer: [127, 0, 0, 1].into(),
            secure: false,
            upgrade: None,
            acquaintance: crate::http::Acquaintance::default(),
        };
        Origin::of(&request, Some(&url)).unwrap()
    }

    #[test]
    fn over_tls_the_cookie_is_bound_to_the_host_and_to_tls() {
        let session = SecretString::from("abc".to_owned());
        assert_eq!(
            set(&origin("https://k"), &session),
            "__Host-kagiban-console=abc; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            set(&origin("http://127.0.0.1:1"), &session),
            "kagiban-console-1=abc; Path=/; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            clear(&origin("https://k")),
            "__Host-kagiban-console=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"
        );
    }

    #[test]
    fn only_the_cookie_of_the_scheme_counts() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=b; kagiban-console=plain; c"));
        headers.append(COOKIE, HeaderValue::from_static("__Host-kagiban-console=safe"));
        assert_eq!(find(&headers, &origin("https://k")), Some("safe"));
        assert_eq!(find(&headers, &origin("http://k")), Some("plain"));
        let mut headers = HeaderMap::new();
        headers.append(
            COOKIE,
            HeaderValue::from_static("kagiban-console=; xkagiban-console=1"),
        );
        assert_eq!(find(&headers, &origin("http://k")), None);
    }
}
