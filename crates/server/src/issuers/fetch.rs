//! Fetching an issuer's keys: the discovery document, then the key set that it names.
//!
//! What comes back is foreign. So there is TLS with a certificate that this machine trusts, no
//! redirect, a bound on time and bytes, and no connection to where [`may_reach`] forbids it; the
//! address that was looked at is the one that is connected to.
//!
//! Source: OpenID Connect Discovery 1.0, section 4.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, HOST, USER_AGENT};
use hyper::{HeaderMap, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use kagiban_iam::ProviderUrl;
use kagiban_iam::sts::web_identity::{InvalidKeySet, KeySet};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::reach::{is_own, may_reach};
use crate::config::IssuerFetch;

/// How long both documents together may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one address may take to answer.
const CONNECT: Duration = Duration::from_secs(2);
/// The most addresses of a host that are tried.
const ADDRESSES: usize = 4;
/// Bytes of an answer's headers, and of each document.
const MAX_HEAD: usize = 16 << 10;

/// Why an issuer's keys could not be had. For the log alone.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("this server is told not to fetch; put the keys into the provider's record")]
    Never,
    #[error("it took longer than {} s", PATIENCE.as_secs())]
    TooSlow,
    #[error("`{0}` is no https URL")]
    Url(String),
    #[error("the host has no address that may be connected to; see the setting issuer-fetch")]
    Forbidden,
    #[error("the host's name leads nowhere")]
    Nowhere(#[source] io::Error),
    #[error("no connection")]
    Connect(#[source] io::Error),
    #[error("the host's name cannot be proven by a certificate")]
    Name(#[from] InvalidDnsNameError),
    #[error("this machine trusts no certificate")]
    NoRoots,
    #[error("the exchange failed")]
    Exchange(#[from] hyper::Error),
    #[error("the answer has status {0}; redirects are not followed")]
    Status(StatusCode),
    #[error("the answer is broken off, or larger than {} bytes", KeySet::MAX_BYTES)]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the discovery document is none")]
    Discovery(#[source] serde_json::Error),
    #[error("the discovery document is that of another issuer")]
    OtherIssuer,
    #[error("the key set cannot be used")]
    Keys(#[from] InvalidKeySet),
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// Fetches an issuer's keys, and how long it lets them be used.
///
/// # Errors
///
/// Whatever goes wrong on the way.
pub(super) async fn keys(issuer: &ProviderUrl, fetch: IssuerFetch) -> Result<(KeySet, Duration), FetchError> {
    if fetch == IssuerFetch::Never {
        return Err(FetchError::Never);
    }
    timeout(PATIENCE, keys_in_time(issuer, fetch))
        .await
        .map_err(|_elapsed| FetchError::TooSlow)?
}

async fn keys_in_time(issuer: &ProviderUrl, fetch: IssuerFetch) -> Result<(KeySet, Duration), FetchError> {
    let tls = trust().await?;
    let issuer = issuer.to_string();
    let discovery = format!(
        "{}/.well-known/openid-configuration",
        issuer.strip_suffix('/').unwrap_or(&issuer)
    );
    let (_, document) = get(&discovery, &tls, fetch).await?;
    let found: Discovery = serde_json::from_slice(&document).map_err(FetchError::Discovery)?;
    if found.issuer != issuer {
        return Err(FetchError::OtherIssuer);
    }
    let (head, document) = get(&found.jwks_uri, &tls, fetch).await?;
    Ok((KeySet::parse(&document)?, max_age(&head)))
}

/// What this machine trusts at present: its store of certificates, or that of `SSL_CERT_FILE`.
pub(crate) async fn trust() -> Result<TlsConnector, FetchError> {
    let native = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(native.map_err(|_| FetchError::NoRoots)?.certs);
    if roots.is_empty() {
        return Err(FetchError::NoRoots);
    }
    Ok(connector(roots))
}

fn connector(roots: RootCertStore) -> TlsConnector {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// One document, whole.
async fn get(url: &str, tls: &TlsConnector, fetch: IssuerFetch) -> Result<(HeaderMap, Bytes), FetchError> {
    let no_url = || FetchError::Url(url.chars().take(256).collect());
    let uri: Uri = url.parse().map_err(|_| no_url())?;
    let authority = uri
        .authority()
        .filter(|authority| !authority.as_str().contains('@'));
    let (Some("https"), Some(authority)) = (uri.scheme_str(), authority) else {
        return Err(no_url());
    };
    let host = authority.host().trim_matches(['[', ']']).to_owned();
    let stream = connect(&host, authority.port_u16().unwrap_or(443), fetch).await?;
    let stream = tls
        .connect(ServerName::try_from(host)?, stream)
        .await
        .map_err(FetchError::Connect)?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .handshake(TokioIo::new(stream))
        .await?;
    let request = Request::get(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, authority.as_str())
        .header(ACCEPT, "application/json")
        .header(ACCEPT_ENCODING, "identity")
        .header(USER_AGENT, concat!("kagiban/", env!("CARGO_PKG_VERSION")))
        .body(Empty::<Bytes>::new())
        .map_err(|_| no_url())?;
    let exchange = async {
        let response = sender.send_request(request).await?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let (head, body) = response.into_parts();
        let body = Limited::new(body, KeySet::MAX_BYTES).collect().await;
        Ok((head.headers, body.map_err(FetchError::Body)?.to_bytes()))
    };
    // The connection ends with the exchange, however that ends: nothing is left running.
    tokio::pin!(exchange);
    tokio::select! {
        answer = &mut exchange => answer,
        ended = connection => {
            ended?;
            exchange.await
        }
    }
}

/// Connects to the first address that may be reached and answers.
pub(crate) async fn connect(host: &str, port: u16, fetch: IssuerFetch) -> Result<TcpStream, FetchError> {
    let found = lookup_host((host, port)).await.map_err(FetchError::Nowhere)?;
    let allowed: Vec<SocketAddr> = found
        .filter(|address| may_reach(address.ip(), fetch))
        .filter(|address| fetch == IssuerFetch::Anywhere || !is_own(address.ip()))
        .take(ADDRESSES)
        .collect();
    let mut failure = FetchError::Forbidden;
    for address in allowed {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failure = FetchError::Connect(error),
            Err(_elapsed) => failure = FetchError::TooSlow,
        }
    }
    Err(failure)
}

/// `max-age` of `Cache-Control`; nothing where it is missing or forbids keeping.
fn max_age(head: &HeaderMap) -> Duration {
    let values = head.get_all(CACHE_CONTROL).into_iter();
    let directives = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let seconds = directives
        .filter_map(|directive| {
            directive
                .trim()
                .to_ascii_lowercase()
                .strip_prefix("max-age=")?
                .parse()
                .ok()
        })
        .next();
    Duration::from_secs(seconds.map_or(0, |seconds: u32| seconds.into()))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn the_issuer_says_how_long_its_keys_are_good() {
        let age = |text: &'static str| {
            let mut head = HeaderMap::new();
            head.insert(CACHE_CONTROL, HeaderValue::from_static(text));
            max_age(&head).as_secs()
        };
        assert_eq!(age("public, Max-Age=600, must-revalidate"), 600);
        assert_eq!(age("no-store"), 0);
        assert_eq!(age("max-age=much"), 0);
        assert_eq!(max_age(&HeaderMap::new()), Duration::ZERO);
    }

    #[tokio::test]
    async fn other_urls_than_https_lead_nowhere() {
        for url in [
            "http://127.0.0.1/",
            "https://u@127.0.0.1/",
            "file:///etc/passwd",
            "/x",
            "",
        ] {
            let tls = connector(RootCertStore::empty());
            let refused = get(url, &tls, IssuerFetch::Anywhere).await.unwrap_err();
            assert!(matches!(refused, FetchError::Url(_)), "{url}: {refused}");
        }
    }

    #[tokio::test]
    async fn this_machine_is_not_connected_to() {
        for host in ["127.0.0.1", "localhost", "169.254.169.254", "::1"] {
            let refused = connect(host, 443, IssuerFetch::Network).await.unwrap_err();
            assert!(matches!(refused, FetchError::Forbidden), "{host}: {refused}");
        }
    }
}
