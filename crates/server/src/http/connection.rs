use std::convert::Infallible;
use std::future::poll_fn;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::UPGRADE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{StatusCode, upgrade};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::listener::Place;
use super::pace::{Paced, Phase};
use super::{Handler, Limits, Refusal, Request, Response, Shutdown, body};
use crate::strangers::Acquaintance;

/// What every connection of a listener has in common, and where this one comes from.
pub(super) struct Connection<H> {
    pub(super) handler: Arc<H>,
    pub(super) limits: Limits,
    pub(super) shutdown: Shutdown,
    pub(super) peer: IpAddr,
    pub(super) secure: bool,
    /// The room it takes among those whom nobody knows yet.
    pub(super) acquaintance: Acquaintance,
}

impl<H: Handler> Connection<H> {
    /// Serves requests until either side has had enough.
    pub(super) async fn serve<S>(self, stream: S, place: Place)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let phase = Phase::default();
        let io = TokioIo::new(Paced::new(stream, phase.clone(), self.limits, place));
        // hyper keeps room for one answer in the making as long as the connection is open: a box is small.
        let service = service_fn(|request| Box::pin(self.answer(request, &phase)));
        let connection = self.protocol().serve_connection(io, service).with_upgrades();
        let (mut connection, mut stopping) = (pin!(connection), pin!(self.shutdown.begun()));
        // Both are polled through one waker: `stopping` registers it once, and is asked again
        // only when the flag says so, because asking takes a lock that all connections share.
        let (mut registered, mut draining) = (false, false);
        let ended = poll_fn(|cx| {
            if !registered {
                registered = true;
                let _ = stopping.as_mut().poll(cx);
            }
            if !draining && self.shutdown.has_begun() {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
            connection.as_mut().poll(cx)
        })
        .await;
        if let Err(error) = ended {
            tracing::debug!(peer = %self.peer, %error, "connection ended early");
        }
    }

    fn protocol(&self) -> http1::Builder {
        let mut protocol = http1::Builder::new();
        protocol
            // hyper's own timer also runs while a connection is idle; `Paced` tells them apart.
            .header_read_timeout(None)
            // Head and body of an answer go out together, and to copy a few kilobytes takes less time
            // than a write of several pieces.
            .writev(false)
            .max_header_size(self.limits.head_bytes);
        protocol
    }

    async fn answer(
        &self,
        request: hyper::Request<Incoming>,
        phase: &Phase,
    ) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
        phase.busy();
        let response = match self.read(request).await {
            Ok(request) => {
                let response = self.handle(request).await;
                match response.status {
                    StatusCode::SWITCHING_PROTOCOLS => {
                        self.acquaintance.make(); // The other protocol has strangers of its own.
                        phase.upgraded();
                    }
                    _ => phase.answering(),
                }
                response
            }
            Err(refusal) => {
                tracing::debug!(peer = %self.peer, %refusal, "request refused");
                phase.refused();
                refusal.response()
            }
        };
        Ok(outgoing(response))
    }

    async fn read(&self, request: hyper::Request<Incoming>) -> Result<Request, Refusal> {
        if request.headers().len() > self.limits.headers {
            return Err(Refusal::TooManyHeaders);
        }
        let mut request = request;
        let upgrade = request
            .headers()
            .contains_key(UPGRADE)
            .then(|| upgrade::on(&mut request));
        let (head, body) = request.into_parts();
        Ok(Request {
            method: head.method,
            uri: head.uri,
            headers: head.headers,
            body: body::read(body, &self.limits).await?,
            peer: self.peer,
            secure: self.secure,
            upgrade,
            acquaintance: self.acquaintance.clone(),
        })
    }

    /// A handler's panic is this request's, not the connection's and not the server's. The
    /// handler is shared with other requests all the same: what it shares must not be left half
    /// done, and std's locks see to that by poisoning.
    async fn handle(&self, request: Request) -> Response {
        let answer = AssertUnwindSafe(async { self.handler.handle(request).await });
        match answer.catch_unwind().await {
            Ok(response) => response,
            Err(_payload) => Refusal::Panicked.response(), // the panic hook has logged it
        }
    }
}

fn outgoing(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut outgoing = hyper::Response::new(Full::new(response.body));
    *outgoing.status_mut() = response.status;
    *outgoing.headers_mut() = response.headers;
    outgoing
}
