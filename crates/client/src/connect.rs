//! Connections to a server: through a proxy or not, with TLS or not.

use std::sync::{Arc, OnceLock};
use std::{fmt, io};

use hyper::Uri;
use kagiban_aws::SecretString;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::endpoint::shown;
use crate::proxy::{Proxies, Proxy};
use crate::{Error, tls};

/// The longest head of a proxy's answer.
const MAX_HEAD: usize = 16 << 10;

/// What bytes go over, whatever lies below.
pub trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Socket for S {}

impl fmt::Debug for dyn Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Socket")
    }
}

/// An open connection.
pub type Stream = Box<dyn Socket>;

/// Opens connections.
#[derive(Clone)]
pub struct Connector(Arc<Settings>);

struct Settings {
    proxies: Proxies,
    ca_bundle: Option<String>,
    /// Made when it is needed first: reading the system's authorities takes a while.
    tls: OnceLock<Arc<ClientConfig>>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

impl Connector {
    /// With the environment's proxies, and the system's certificate authorities or those of a file.
    ///
    /// # Errors
    ///
    /// If a proxy is no URL.
    pub fn new(ca_bundle: Option<String>) -> Result<Connector, Error> {
        Ok(Connector(Arc::new(Settings {
            proxies: Proxies::of_environment()?,
            ca_bundle,
            tls: OnceLock::new(),
        })))
    }

    /// Through one proxy, whatever the environment says.
    #[cfg(test)]
    pub(crate) fn by_proxy(url: &str) -> Result<Connector, Error> {
        Ok(Connector(Arc::new(Settings {
            proxies: Proxies::one(url)?,
            ca_bundle: None,
            tls: OnceLock::new(),
        })))
    }

    /// Connects to where a URL (`http`, `https`, `ws` or `wss`) points.
    ///
    /// # Errors
    ///
    /// If nobody answers there, or somebody else does.
    pub async fn connect(&self, url: &Uri) -> Result<Stream, Error> {
        let unreachable = |cause: String| Error::Unreachable {
            url: shown(url),
            cause,
        };
        let (host, port, secure) = parts(url);
        let stream: Stream = match self.0.proxies.before(host, port, secure) {
            None => Box::new(direct(host, port).await.map_err(unreachable)?),
            Some(proxy) => self
                .through(proxy, host, port)
                .await
                .map_err(|error| match error {
                    Failed::Setting(error) => error,
                    Failed::Way(cause) => unreachable(format!("the proxy {}: {cause}", shown(&proxy.url))),
                })?,
        };
        if !secure {
            return Ok(stream);
        }
        self.secured(host, stream).await.map_err(|error| match error {
            Failed::Setting(error) => error,
            Failed::Way(cause) => unreachable(cause),
        })
    }

    async fn through(&self, proxy: &Proxy, host: &str, port: u16) -> Result<Stream, Failed> {
        let (at, its_port, secure) = parts(&proxy.url);
        let its_port = match proxy.url.port_u16() {
            Some(_) => its_port,
            None if secure => 443,
            None => 3128, // as squid, and unlike 80: a proxy without a port is a forward proxy
        };
        let mut stream: Stream = Box::new(direct(at, its_port).await?);
        if secure {
            stream = self.secured(at, stream).await?;
        }
        let head = tunnel_request(host, port, proxy.authorization.as_ref());
        stream
            .write_all(head.as_bytes())
            .await
            .map_err(|error| error.to_string())?;
        match tunnel_status(&mut stream).await? {
            200..300 => Ok(stream),
            status => Err(format!("it answered HTTP status {status}").into()),
        }
    }

    async fn secured(&self, host: &str, stream: Stream) -> Result<Stream, Failed> {
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let connected = TlsConnector::from(self.tls()?).connect(name, stream).await;
        Ok(Box::new(connected.map_err(|error| why_not_secured(&error))?))
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, Error> {
        if let Some(made) = self.0.tls.get() {
            return Ok(Arc::clone(made));
        }
        let made = tls::config(self.0.ca_bundle.as_deref())?;
        Ok(Arc::clone(self.0.tls.get_or_init(|| made)))
    }
}

fn why_not_secured(error: &io::Error) -> String {
    use rustls::Error::InvalidMessage;
    use rustls::InvalidMessage::InvalidContentType;

    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(InvalidMessage(InvalidContentType)) => {
            "it speaks no TLS; http:// may be meant, or another port".to_owned()
        }
        _ => error.to_string(),
    }
}

/// Why there is no connection.
enum Failed {
    Setting(Error),
    Way(String),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed::Setting(error)
    }
}

impl From<String> for Failed {
    fn from(cause: String) -> Failed {
        Failed::Way(cause)
    }
}

async fn direct(host: &str, port: u16) -> Result<TcpStream, String> {
    let socket = TcpStream::connect((host, port))
        .await
        .map_err(|error| error.to_string())?;
    socket.set_nodelay(true).map_err(|error| error.to_string())?;
    Ok(socket)
}

/// Host without brackets, port, and whether there is TLS.
fn parts(url: &Uri) -> (&str, u16, bool) {
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let secure = matches!(url.scheme_str(), Some("https" | "wss"));
    (
        host,
        url.port_u16().unwrap_or(if secure { 443 } else { 80 }),
        secure,
    )
}

fn tunnel_request(host: &str, port: u16, authorization: Option<&SecretString>) -> String {
    let host = match host.contains(':') {
        true => format!("[{host}]"),
        false => host.to_owned(),
    };
    let proof = authorization.map(|value| format!("Proxy-Authorization: {}\r\n", value.expose()));
    format!(
        "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{}\r\n",
        proof.unwrap_or_default()
    )
}

/// Reads the head of a proxy's answer and not a byte more: what follows belongs to the tunnel.
async fn tunnel_status(stream: &mut Stream) -> Result<u16, String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_HEAD {
            return Err("its answer has no end".to_owned());
        }
        head.push(stream.read_u8().await.map_err(|error| error.to_string())?);
    }
    let line = String::from_utf8_lossy(&head);
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| "it does not speak HTTP".to_owned())
}
