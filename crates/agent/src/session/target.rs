//! Where a port session leads to.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use kagiban_session::document::Port;
use tokio::net::{TcpStream, lookup_host};

use super::deny::Denied;
use crate::failure::Failure;

/// How long one address may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A port's addresses, looked up once: a name that changes its mind cannot lead somewhere else.
#[derive(Clone, Debug)]
pub(super) struct Target {
    addresses: Vec<SocketAddr>,
}

impl Target {
    /// Looks a port's host up.
    ///
    /// # Errors
    ///
    /// If there is no such host, or it is one that nobody is led to.
    pub(super) async fn find(port: &Port, denied: &[String]) -> Result<Target, Failure> {
        let host = match port.host.trim() {
            "" => "localhost",
            host => host,
        };
        let found = lookup_host((host, port.port_number)).await;
        let addresses: Vec<SocketAddr> = found
            .map_err(|error| Failure::Session(format!("Unable to resolve host {host}: {error}")))?
            .collect();
        let denied = Denied::new(denied)?;
        if addresses.iter().any(|address| denied.forbids(address.ip())) {
            return Err(Failure::Session(format!(
                "Forwarding to IP address {host} is forbidden."
            )));
        }
        Ok(Target { addresses })
    }

    /// Connects with the first address that answers.
    ///
    /// # Errors
    ///
    /// What the last one said.
    pub(super) async fn connect(&self) -> io::Result<TcpStream> {
        let mut last = io::ErrorKind::NotFound.into();
        for address in &self.addresses {
            match tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Ok(Err(error)) => last = error,
                Err(_) => last = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(host: &str) -> Port {
        Port {
            host: host.to_owned(),
            port_number: 80,
            ..Port::default()
        }
    }

    #[tokio::test]
    async fn a_host_that_is_denied_is_named() {
        for host in ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254"] {
            let refused = Target::find(&port(host), &[]).await.unwrap_err().to_string();
            assert_eq!(refused, format!("Forwarding to IP address {host} is forbidden."));
        }
        assert!(
            Target::find(&port("127.0.0.1"), &["127.0.0.0/8".to_owned()])
                .await
                .is_err()
        );
        let own = Target::find(&port(""), &[]).await.unwrap();
        assert!(own.addresses.iter().all(|address| address.ip().is_loopback()));
    }
}
