//! From a configuration to open sockets, and from SIGTERM or an outage to closed ones.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::Config;
use crate::http::{self, Handler, Limits, Listener, Shutdown, Tls, TlsError};
use crate::metrics::{Exporter, Metrics};
use crate::outage::Outage;

/// The sockets, bound but not yet served: what fails does so before anything is announced.
#[derive(Debug)]
pub struct Bound {
    services: Listener,
    metrics: Option<Listener>,
    tls: Option<Tls>,
}

impl Bound {
    /// Reads the certificate and binds every socket that the configuration asks for.
    ///
    /// # Errors
    ///
    /// The certificate is of no use, or an address is taken or not this machine's.
    pub async fn new(config: &Config, metrics: &Metrics) -> Result<Bound, ServeError> {
        let tls = match &config.tls {
            Some(files) => Some(Tls::load(&files.certificate, &files.key)?),
            None => None,
        };
        let services = Listener {
            socket: bind(config.listen).await?,
            tls: tls.clone(),
            limits: config.limits,
            open: metrics.connections.clone(),
        };
        let metrics = match config.metrics_listen {
            Some(address) => Some(Listener {
                socket: bind(address).await?,
                tls: None,
                limits: Limits {
                    connections: 16,
                    ..Limits::default()
                },
                open: Default::default(),
            }),
            None => None,
        };
        Ok(Bound {
            services,
            metrics,
            tls,
        })
    }

    /// The services' address, with the port that the system chose if none was asked for.
    ///
    /// # Errors
    ///
    /// The system does not know, which it does.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.services.socket.local_addr()
    }

    /// Serves until SIGTERM, SIGINT or an outage, then drains. SIGHUP reads the certificate again.
    ///
    /// # Errors
    ///
    /// Signals cannot be listened for.
    pub async fn serve<H: Handler>(
        self,
        handler: Arc<H>,
        metrics: Metrics,
        outage: &Outage,
    ) -> io::Result<()> {
        // Before anything is served: a signal that comes with the first answer must find us ready.
        let signals = Signals::new()?;
        let shutdown = Shutdown::new();
        let exporter = self.metrics.map(|listener| {
            tokio::spawn(http::serve(
                listener,
                Arc::new(Exporter(metrics)),
                shutdown.clone(),
            ))
        });
        let services = http::serve(self.services, Arc::clone(&handler), shutdown.clone());
        let services = tokio::spawn(services);
        tokio::select! {
            () = signals.until_told_to_stop(self.tls.as_ref()) => {}
            () = outage.come() => {}
        }
        tracing::info!("stopping; requests in flight are finished first");
        shutdown.begin();
        handler.stop();
        for listener in [Some(services), exporter].into_iter().flatten() {
            listener.await.map_err(io::Error::other)?;
        }
        Ok(())
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| ServeError::Bind { address, source })
}

/// The signals that the server listens for.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Reads the certificate again at each SIGHUP, until SIGTERM or SIGINT.
    async fn until_told_to_stop(mut self, tls: Option<&Tls>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hang_up.recv() => match tls.map(Tls::reload) {
                    Some(Ok(())) => tracing::info!("the certificate was read again"),
                    Some(Err(error)) => tracing::error!(%error, "the old certificate stays"),
                    None => tracing::info!("SIGHUP: there is no certificate to read again"),
                },
            }
        }
    }
}

/// Why the server cannot begin to serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The certificate or its key is of no use.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}; choose another with --listen or --metrics-listen")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}
