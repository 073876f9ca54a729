use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::connection::Connection;
use super::{Handler, Limits, Shutdown, Tls};
use crate::strangers::{self, Acquaintance, Strangers};

/// A socket that accepts connections, and how they are served.
#[derive(Debug)]
pub struct Listener {
    /// The bound socket.
    pub socket: TcpListener,
    /// TLS, or plain HTTP.
    pub tls: Option<Tls>,
    /// What clients may ask for.
    pub limits: Limits,
    /// Counts open connections, upgraded ones included.
    pub open: Gauge,
}

/// Serves until `shutdown` begins, then finishes the requests in flight, for at most
/// [`Limits::drain_time`]; connections that are still open then are cut.
///
/// Upgraded connections are not waited for: who took them over ends them.
pub async fn serve<H: Handler>(listener: Listener, handler: Arc<H>, shutdown: Shutdown) {
    let mut connections = JoinSet::new();
    let mut door = Door::new(&listener);
    loop {
        tokio::select! {
            biased;
            () = shutdown.begun() => break,
            Some(_ended) = connections.join_next() => {}
            accepted = listener.socket.accept() => match accepted {
                Ok((stream, peer)) => {
                    if let Some(places) = door.admit(peer) {
                        connections.spawn(listener.connection(stream, peer, places, &handler, &shutdown));
                    }
                }
                Err(error) => recover(&error).await,
            },
        }
    }
    let drain_time = listener.limits.drain_time;
    drop(listener); // the port is free for a successor while this one drains
    drain(connections, drain_time).await;
}

/// Out of file descriptors, mostly: trying again at once would only burn the processor.
async fn recover(error: &io::Error) {
    let of_one_connection = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    );
    if !of_one_connection {
        tracing::error!(%error, "cannot accept connections; trying again");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn drain(mut connections: JoinSet<()>, limit: Duration) {
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if timeout(limit, all_ended).await.is_err() {
        tracing::warn!(
            cut = connections.len(),
            "connections did not end in time and are cut"
        );
    }
}

/// Who may come in. One task accepts, so nobody takes a place between the look and the step.
struct Door {
    connections: usize,
    open: Gauge,
    strangers: Arc<Strangers>,
    /// When the last refusal was said.
    said: Option<Instant>,
}

/// Whoever is refused may try again at once; that is not worth a line each time.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(60);

impl Door {
    fn new(listener: &Listener) -> Door {
        let Limits {
            connections,
            strangers_per_address,
            ..
        } = listener.limits;
        Door {
            connections,
            open: listener.open.clone(),
            strangers: Strangers::new(connections, strangers_per_address),
            said: None,
        }
    }

    /// Places for one more connection: among all, and among those whom nobody knows yet.
    fn admit(&mut self, peer: SocketAddr) -> Option<(Place, strangers::Place)> {
        if usize::try_from(self.open.get()).is_ok_and(|open| open >= self.connections) {
            self.refused(peer, "too many are open");
            return None;
        }
        let Some(stranger) = self.strangers.admit(peer.ip()) else {
            self.refused(
                peer,
                "its address has too many on which nobody has proven who they are",
            );
            return None;
        };
        self.open.inc();
        Some((Place(self.open.clone()), stranger))
    }

    fn refused(&mut self, peer: SocketAddr, reason: &str) {
        tracing::debug!(peer = %peer.ip(), reason, "connection refused");
        let now = Instant::now();
        if self.said.is_none_or(|said| now - said >= BETWEEN_WARNINGS) {
            self.said = Some(now);
            tracing::warn!(peer = %peer.ip(), reason, "connections are refused; not said again for a minute");
        }
    }
}

impl Listener {
    /// Everything about one connection, TLS handshake included, as one task. What serving it takes is not
    /// there before its first byte: thousands that have lost a server dial at once, and speak one by one.
    fn connection<H: Handler>(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        (place, stranger): (Place, strangers::Place),
        handler: &Arc<H>,
        shutdown: &Shutdown,
    ) -> impl Future<Output = ()> + Send + 'static {
        let tls = self.tls.clone();
        let handshake_time = self.limits.handshake_time;
        let first_byte_time = match tls {
            Some(_) => handshake_time,
            None => self.limits.head_time,
        };
        let connection = Connection {
            handler: Arc::clone(handler),
            limits: self.limits,
            shutdown: shutdown.clone(),
            peer: peer.ip().to_canonical(),
            secure: tls.is_some(),
            acquaintance: Acquaintance::with(stranger),
        };
        async move {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY refused; answers may be delayed");
            }
            if !speaks(&stream, first_byte_time, &connection.shutdown).await {
                return tracing::debug!(%peer, "a connection said nothing");
            }
            let Some(tls) = tls else {
                return Box::pin(connection.serve(stream, place)).await;
            };
            match timeout(handshake_time, Box::pin(tls.accept(stream))).await {
                Ok(Ok(stream)) => Box::pin(connection.serve(stream, place)).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
                Err(_elapsed) => tracing::debug!(%peer, "TLS handshake took too long"),
            }
        }
    }
}

/// Waits for a connection's first byte, or its end; false if neither comes in time, or the server stops.
async fn speaks(stream: &TcpStream, patience: Duration, shutdown: &Shutdown) -> bool {
    tokio::select! {
        spoken = timeout(patience, stream.readable()) => matches!(spoken, Ok(Ok(()))),
        () = shutdown.begun() => false,
    }
}

/// One of the connections that a listener allows; given back when the stream is closed, be it
/// HTTP's to the end or somebody else's after an upgrade.
#[derive(Debug)]
pub(super) struct Place(Gauge);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Request, Response};
    use super::*;

    /// Takes much while it answers.
    struct Large;

    impl Handler for Large {
        async fn handle(&self, _request: Request) -> Response {
            let scratch = [7; 64 * 1024];
            tokio::task::yield_now().await;
            Response::new(hyper::StatusCode::OK, "text/plain", scratch.to_vec())
        }
    }

    #[tokio::test]
    async fn a_connection_that_has_said_nothing_takes_next_to_nothing() {
        let listener = Listener {
            socket: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            tls: None,
            limits: Limits::default(),
            open: Gauge::default(),
        };
        let _client = TcpStream::connect(listener.socket.local_addr().unwrap())
            .await
            .unwrap();
        let (stream, peer) = listener.socket.accept().await.unwrap();
        let places = Door::new(&listener).admit(peer).unwrap();
        let connection = listener.connection(stream, peer, places, &Arc::new(Large), &Shutdown::new());
        let bytes = size_of_val(&connection);
        assert!(bytes <= 3 * 1024, "{bytes}");
    }
}
