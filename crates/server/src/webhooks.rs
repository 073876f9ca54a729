//! Sending one delivery of a webhook.
//!
//! Where it goes is somebody's choice who may make webhooks, so it is held as the fetching of issuers'
//! keys is: TLS with a certificate that this machine trusts, no redirect, bounded time, and neither this
//! machine nor its link-local surroundings; plain HTTP goes to loopback addresses and nowhere else. Of
//! the answer only the status is read.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{InvalidDnsNameError, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::config::IssuerFetch;
use crate::issuers::fetch::{FetchError, connect, trust};

const PATIENCE: Duration = Duration::from_secs(10);
const MAX_HEAD: usize = 16 << 10;

/// What is sent.
#[derive(Clone, Copy)]
pub(crate) struct Letter<'l> {
    pub(crate) url: &'l str,
    pub(crate) id: &'l str,
    pub(crate) signature: &'l str,
    pub(crate) body: &'l str,
}

/// Why a delivery failed. For the log alone: it may tell what is behind a network's walls.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("it took longer than {} s", PATIENCE.as_secs())]
    TooSlow,
    #[error("the URL cannot be used")]
    Url,
    #[error("the host has no address that is delivered to; see the setting webhooks")]
    Forbidden,
    #[error("it cannot be reached")]
    Reach(#[source] FetchError),
    #[error("no connection")]
    Connect(#[from] io::Error),
    #[error("the host's name cannot be proven by a certificate")]
    Name(#[from] InvalidDnsNameError),
    #[error("the exchange failed")]
    Exchange(#[from] hyper::Error),
    #[error("the answer has status {}", .0.as_u16())]
    Status(StatusCode),
}

impl SendError {
    /// The same for whoever made the webhook: nothing by which one port could be told from another. That a
    /// name leads nowhere is the same for all ports.
    pub(crate) fn for_its_maker(&self) -> String {
        match self {
            SendError::Status(status) => format!("the answer has status {}", status.as_u16()),
            SendError::Url | SendError::Name(_) => "the URL cannot be used".to_owned(),
            SendError::Forbidden => "the URL leads to no address that is delivered to".to_owned(),
            SendError::Reach(FetchError::Nowhere(_)) => "the host's name leads nowhere".to_owned(),
            SendError::TooSlow | SendError::Reach(_) | SendError::Connect(_) | SendError::Exchange(_) => {
                "no answer from a receiver whose certificate is trusted; the server's log says more"
                    .to_owned()
            }
        }
    }
}

impl From<FetchError> for SendError {
    fn from(error: FetchError) -> SendError {
        match error {
            // Its sentence speaks of another setting.
            FetchError::Forbidden => SendError::Forbidden,
            other => SendError::Reach(other),
        }
    }
}

/// Sends a delivery.
///
/// # Errors
///
/// Unless the receiver answers with a status from 200 to 299.
pub(crate) async fn send(letter: Letter<'_>, reach: IssuerFetch) -> Result<(), SendError> {
    let status = timeout(PATIENCE, send_in_time(letter, reach)).await;
    match status.map_err(|_elapsed| SendError::TooSlow)?? {
        status if status.is_success() => Ok(()),
        status => Err(SendError::Status(status)),
    }
}

async fn send_in_time(letter: Letter<'_>, reach: IssuerFetch) -> Result<StatusCode, SendError> {
    let uri: Uri = letter.url.parse().map_err(|_| SendError::Url)?;
    let authority = uri.authority().ok_or(SendError::Url)?;
    let host = authority.host().trim_matches(['[', ']']).to_owned();
    let request = Request::post(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, authority.as_str())
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, concat!("kagiban/", env!("CARGO_PKG_VERSION")))
        .header("x-kagiban-delivery", letter.id)
        .header("x-kagiban-signature", letter.signature)
        .body(Full::new(Bytes::copy_from_slice(letter.body.as_bytes())))
        .map_err(|_| SendError::Url)?;
    match uri.scheme_str() {
        Some("http") => {
            exchange(
                loopback(&host, authority.port_u16().unwrap_or(80)).await?,
                request,
            )
            .await
        }
        Some("https") => {
            let port = authority.port_u16().unwrap_or(443);
            let stream = connect(&host, port, reach).await?;
            let tls = trust().await?;
            exchange(tls.connect(ServerName::try_from(host)?, stream).await?, request).await
        }
        _ => Err(SendError::Url),
    }
}

/// Connects to this machine, and to no other whatever the name says.
async fn loopback(host: &str, port: u16) -> Result<TcpStream, SendError> {
    let found = lookup_host((host, port)).await?;
    let mut allowed = found.filter(|address| address.ip().to_canonical().is_loopback());
    let address = allowed.next().ok_or(SendError::Forbidden)?;
    Ok(TcpStream::connect(address).await?)
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<StatusCode, SendError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .handshake(TokioIo::new(stream))
        .await?;
    let exchange = async { Ok(sender.send_request(request).await?.status()) };
    // The connection ends with the exchange: the answer's body is nobody's concern.
    tokio::pin!(exchange);
    tokio::select! {
        status = &mut exchange => status,
        ended = connection => {
            ended?;
            exchange.await
        }
    }
}
