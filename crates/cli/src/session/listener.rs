//! Where connections are taken on this machine.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

use super::text;
use crate::failure::Failure;
use crate::platform::socket::Socket;
use crate::style::safe;

/// A place to listen at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Local {
    /// A port of an address; 0 is any that is free.
    Port { host: String, port: u16 },
    /// A socket in the file system.
    Socket(PathBuf),
}

/// Something that listens.
pub(super) enum Listener {
    Port(TcpListener),
    Socket(Socket),
}

/// What a connection is read from and written to.
pub(super) type Halves = (Pin<Box<dyn AsyncRead + Send>>, Pin<Box<dyn AsyncWrite + Send>>);

impl Local {
    /// What the document says: a port or a socket of this machine alone.
    ///
    /// # Errors
    ///
    /// If its port is no port.
    pub(super) fn of_properties(properties: &Value) -> Result<Local, Failure> {
        if text(properties, "localConnectionType") == "unix" {
            return Ok(Local::Socket(text(properties, "localUnixSocket").into()));
        }
        let port = match text(properties, "localPortNumber") {
            "" => "0",
            port => port,
        };
        let port = port.parse();
        Ok(Local::Port {
            host: "localhost".to_owned(),
            port: port.map_err(|_| Failure::Answer("the local port is no number below 65536".to_owned()))?,
        })
    }

    /// Listens.
    ///
    /// # Errors
    ///
    /// If somebody else does, or may not.
    pub(super) async fn listen(&self) -> Result<Listener, Failure> {
        let failed = |name: &str, error: io::Error| {
            Failure::Setting(format!("connections cannot be taken at {name}: {error}"))
        };
        match self {
            Local::Port { host, port } => {
                // `localhost` has several addresses; AWS's plugin takes the first, too.
                let listener = TcpListener::bind((host.as_str(), *port)).await;
                let listener = listener.map_err(|error| failed(&format!("{host}:{port}"), error))?;
                Ok(Listener::Port(listener))
            }
            Local::Socket(path) => {
                let socket = Socket::bind(path);
                let socket = socket.map_err(|error| failed(&safe(&path.display().to_string()), error))?;
                Ok(Listener::Socket(socket))
            }
        }
    }
}

impl Listener {
    /// As it is told: `Port 8080`, `Unix socket /run/x`.
    pub(super) fn name(&self) -> String {
        match self {
            Listener::Port(listener) => match listener.local_addr() {
                Ok(address) => format!("Port {}", address.port()),
                Err(_) => "Port".to_owned(),
            },
            Listener::Socket(socket) => {
                format!("Unix socket {}", safe(&socket.path().display().to_string()))
            }
        }
    }

    /// The next connection. May be dropped without losing one.
    pub(super) async fn accept(&self) -> io::Result<Halves> {
        match self {
            Listener::Port(listener) => {
                let (socket, _) = listener.accept().await?;
                socket.set_nodelay(true)?;
                let (read, write) = socket.into_split();
                Ok((Box::pin(read), Box::pin(write)))
            }
            Listener::Socket(socket) => {
                let (read, write) = socket.accept().await?;
                Ok((Box::pin(read), Box::pin(write)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_say_where_to_listen_in_text() {
        let local = |properties| Local::of_properties(&properties).map_err(|error| error.to_string());
        let port = |port| {
            Ok(Local::Port {
                host: "localhost".to_owned(),
                port,
            })
        };
        assert_eq!(
            local(json!({"localPortNumber": "8880", "portNumber": "80"})),
            port(8880)
        );
        assert_eq!(local(json!({"portNumber": "80"})), port(0));
        let socket = json!({"localConnectionType": "unix", "localUnixSocket": "/run/x"});
        assert_eq!(local(socket), Ok(Local::Socket("/run/x".into())));
        assert!(local(json!({"localPortNumber": "70000"})).is_err());
    }
}
