use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::connection::Connection;
use super::{Handler, Limits, Shutdown, Tls};

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
    loop {
        tokio::select! {
            biased;
            () = shutdown.begun() => break,
            Some(_ended) = connections.join_next() => {}
            accepted = listener.socket.accept() => match accepted {
                Ok((stream, peer)) => {
                    if let Some(place) = listener.place(peer) {
                        connections.spawn(listener.connection(stream, peer, place, &handler, &shutdown));
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

impl Listener {
    /// A place for one more connection, if there is one.
    fn place(&self, peer: SocketAddr) -> Option<Place> {
        // One task accepts, so nobody takes the place between the look and the step.
        if usize::try_from(self.open.get()).is_ok_and(|open| open >= self.limits.connections) {
            tracing::debug!(peer = %peer.ip(), "connection refused: too many are open");
            return None;
        }
        self.open.inc();
        Some(Place(self.open.clone()))
    }

    /// Everything about one connection, TLS handshake included, as one task.
    fn connection<H: Handler>(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        place: Place,
        handler: &Arc<H>,
        shutdown: &Shutdown,
    ) -> impl Future<Output = ()> + Send + 'static {
        let tls = self.tls.clone();
        let handshake_time = self.limits.handshake_time;
        let connection = Connection {
            handler: Arc::clone(handler),
            limits: self.limits,
            shutdown: shutdown.clone(),
            peer: peer.ip().to_canonical(),
            secure: tls.is_some(),
        };
        async move {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY refused; answers may be delayed");
            }
            let Some(tls) = tls else {
                return connection.serve(stream, place).await;
            };
            match timeout(handshake_time, tls.accept(stream)).await {
                Ok(Ok(stream)) => connection.serve(stream, place).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
                Err(_elapsed) => tracing::debug!(%peer, "TLS handshake took too long"),
            }
        }
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
