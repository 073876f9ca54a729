use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Call;
use crate::identity::Identity;

/// Answers here are small; one that is not is a mistake.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// Where a server is, and how it is spoken to.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) socket: SocketAddr,
    pub(crate) tls: Option<TlsConnector>,
}

impl Address {
    /// As other programs take it.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.socket)
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// One kept connection.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    host: String,
    outgoing: Vec<u8>,
    incoming: Vec<u8>,
}

impl Connection {
    /// Connects, with the TLS handshake if there is one.
    ///
    /// # Errors
    ///
    /// Nobody listens, or the certificate is not the expected one.
    pub(crate) async fn open(address: &Address) -> Result<Connection> {
        let plain = TcpStream::connect(address.socket).await?;
        plain.set_nodelay(true)?;
        let name = ServerName::IpAddress(address.socket.ip().into());
        let stream: Box<dyn Stream> = match &address.tls {
            Some(tls) => Box::new(tls.connect(name, plain).await?),
            None => Box::new(plain),
        };
        Ok(Connection {
            stream,
            host: address.socket.to_string(),
            outgoing: Vec::with_capacity(1024),
            incoming: Vec::with_capacity(4096),
        })
    }

    /// Signs and sends a request, and returns the body of its answer.
    ///
    /// # Errors
    ///
    /// Any answer but 200, with its text: a server that refuses is fast for the wrong reason.
    pub(crate) async fn ask(&mut self, call: &Call, identity: &Identity) -> Result<&str> {
        self.outgoing.clear();
        call.write(&self.host, identity, &mut self.outgoing)?;
        let (status, body) = self.exchange().await?;
        let body = std::str::from_utf8(body)?;
        ensure!(status == 200, "the server answered {status}: {body}");
        Ok(body)
    }

    /// Tells whether `GET /healthz` is answered with 200.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub(crate) async fn is_healthy(&mut self) -> Result<bool> {
        self.outgoing.clear();
        let request = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n", self.host);
        self.outgoing.extend_from_slice(request.as_bytes());
        Ok(self.exchange().await?.0 == 200)
    }

    async fn exchange(&mut self) -> Result<(u16, &[u8])> {
        self.stream.write_all(&self.outgoing).await?;
        self.stream.flush().await?;
        self.incoming.clear();
        loop {
            let read = self.stream.read_buf(&mut self.incoming).await?;
            ensure!(read > 0, "the server closed the connection");
            if let Some(head) = Head::parse(&self.incoming)? {
                while self.incoming.len() < head.bytes + head.body_bytes {
                    let read = self.stream.read_buf(&mut self.incoming).await?;
                    ensure!(read > 0, "the server closed the connection within an answer");
                }
                return Ok((head.status, &self.incoming[head.bytes..]));
            }
        }
    }
}

/// What an answer's head says about the rest of it.
#[derive(Debug, Eq, PartialEq)]
struct Head {
    status: u16,
    bytes: usize,
    body_bytes: usize,
}

impl Head {
    /// `None` if there is more to come.
    fn parse(incoming: &[u8]) -> Result<Option<Head>> {
        let Some(end) = incoming.windows(4).position(|window| window == b"\r\n\r\n") else {
            ensure!(incoming.len() < MAX_ANSWER_BYTES, "an answer's head does not end");
            return Ok(None);
        };
        let head = std::str::from_utf8(&incoming[..end])?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let length = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim())
        });
        let body_bytes = length.context("an answer has no content-length")?.parse()?;
        if body_bytes > MAX_ANSWER_BYTES {
            bail!("an answer has {body_bytes} bytes");
        }
        Ok(Some(Head {
            status: status.context("an answer has no status")?.parse()?,
            bytes: end + 4,
            body_bytes,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_tells_status_and_lengths() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nx: y\r\n\r\nok\n";
        let head = Head::parse(answer).unwrap().unwrap();
        assert_eq!((head.status, head.bytes, head.body_bytes), (200, 44, 3));
        assert_eq!(Head::parse(&answer[..40]).unwrap(), None);
    }
}
