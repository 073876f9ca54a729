//! The control channel: the standing connection over which the server orders sessions.
//!
//! It is dialled again whenever it is lost: at once after the first loss (a server that restarts finds
//! its agents back within a second or two, spread), then ever more seldom, up to 20 seconds. Sessions do
//! not notice. That a session has ended is said until the server knows.

mod completions;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use kagiban_client::websocket::{self, WebSocket};
use kagiban_client::{Backoff, Error, Signer, spread};
use kagiban_session::control::{ChannelClosed, TaskAcknowledge};
use kagiban_session::handshake::Version;
use kagiban_session::message::{Message, MessageType};
use kagiban_session::open::OpenControlChannel;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::failure::Failure;
use crate::node::{Leased, Server, channel_request};
use crate::random;
use crate::workers::Workers;
use completions::Completions;

/// As AWS's agent pings.
const PING: Duration = Duration::from_secs(54);

/// How long the first pong may take.
const FIRST_PONG: Duration = Duration::from_secs(114);

/// How long each further one may.
const PONG: Duration = Duration::from_secs(60);

/// A channel that lasted as long was well; one that did not may be fought over by two agents.
const WELL: Duration = Duration::from_secs(60);

/// The control channel of this node, with what is done over it.
pub(crate) struct Control {
    server: Arc<Server>,
    leased: Leased,
    workers: Workers,
    ended: mpsc::UnboundedReceiver<String>,
    completions: Completions,
    /// How often in a row the server has closed the channel soon.
    closed_soon: u32,
}

/// Why a channel has ended.
enum Ended {
    /// The server said so.
    Closed(String),
    /// The connection broke.
    Lost(String),
}

impl Control {
    pub(crate) fn new(
        server: Arc<Server>,
        leased: Leased,
        workers: Workers,
        ended: mpsc::UnboundedReceiver<String>,
    ) -> Control {
        Control {
            completions: Completions::new(random::bytes()),
            server,
            leased,
            workers,
            ended,
            closed_soon: 0,
        }
    }

    /// Holds the channel, for as long as the agent runs.
    ///
    /// # Errors
    ///
    /// If what earlier runs have left behind cannot be read.
    pub(crate) async fn hold(mut self) -> Result<(), Failure> {
        self.workers.adopt()?;
        let mut backoff = patience();
        let mut is_lost = false;
        loop {
            let began = Instant::now();
            match self.open().await {
                Ok(socket) => {
                    eprintln!("kagiban-agent: {} is connected", self.server.registration.node);
                    is_lost = false;
                    let ended = self.serve(socket).await;
                    self.mourn(&ended, began.elapsed());
                }
                Err(error) => {
                    if !std::mem::replace(&mut is_lost, true) {
                        Failure::Server(error).report();
                    }
                }
            }
            let pause = match began.elapsed() >= WELL {
                true => {
                    backoff = patience();
                    spread(Duration::from_secs(2))
                }
                false => backoff.pause().unwrap_or(WELL),
            };
            self.wait(pause).await;
        }
    }

    async fn open(&mut self) -> Result<WebSocket, Error> {
        let leased = self
            .leased
            .wait_for(Option::is_some)
            .await
            .map(|lease| lease.clone());
        let lease = leased.ok().flatten();
        let lease = lease.ok_or_else(|| Error::Setting("there are no credentials".to_owned()))?;
        let (server, credentials) = (&self.server, lease.credentials());
        let path = format!("/v1/control-channel/{}", server.registration.node);
        let token = server
            .channel_token(&path, &channel_request(), &credentials)
            .await?;
        let url = server.gateway_url(&format!("{path}?role=subscribe&stream=input"))?;
        let signer = Signer::Key(&credentials, server.registration.region, "ssmmessages");
        let mut socket = websocket::connect(server.connector(), &url, &signer).await?;
        let opening = OpenControlChannel::new(
            random::uuid(),
            token,
            Version::AGENT.to_string(),
            "linux".to_owned(),
        );
        let sent = socket.send(Frame::text(opening.to_text())).await;
        sent.map_err(|error| Error::Answer(error.to_string()))?;
        Ok(socket)
    }

    async fn serve(&mut self, mut socket: WebSocket) -> Ended {
        let mut ping = Instant::now() + PING;
        let mut deadline = Instant::now() + FIRST_PONG;
        self.completions.all_now();
        loop {
            let sent = tokio::select! {
                frame = socket.next() => match frame {
                    Some(Ok(Frame::Binary(frame))) => {
                        self.receive(frame);
                        Ok(())
                    }
                    Some(Ok(Frame::Pong(_))) => {
                        deadline = Instant::now() + PONG;
                        Ok(())
                    }
                    Some(Ok(Frame::Close(reason))) => {
                        let reason = reason.map(|reason| format!("{} {}", u16::from(reason.code), reason.reason));
                        return Ended::Closed(reason.unwrap_or_else(|| "without a reason".to_owned()));
                    }
                    Some(Ok(_)) => Ok(()),
                    Some(Err(error)) => return Ended::Lost(error.to_string()),
                    None => return Ended::Lost("the connection has ended".to_owned()),
                },
                Some(session) = self.ended.recv() => {
                    self.complete(&session);
                    Ok(())
                }
                () = sleep_until(self.completions.next()) => match self.completions.due() {
                    Some(frame) => socket.send(Frame::binary(frame)).await,
                    None => Ok(()),
                },
                () = sleep_until(ping) => {
                    ping = Instant::now() + PING;
                    socket.send(Frame::Ping(Bytes::from_static(b"keepalive"))).await
                }
                () = sleep_until(deadline) => return Ended::Lost("the server has gone silent".to_owned()),
            };
            if let Err(error) = sent {
                return Ended::Lost(error.to_string());
            }
        }
    }

    /// Waits, and takes note of sessions that end meanwhile.
    async fn wait(&mut self, pause: Duration) {
        let over = sleep(pause);
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut over => return,
                Some(session) = self.ended.recv() => self.complete(&session),
            }
        }
    }

    fn receive(&mut self, frame: Bytes) {
        let Ok(message) = Message::parse(frame) else {
            eprintln!("kagiban-agent: a frame on the control channel makes no sense; it is passed over");
            return;
        };
        match message.message_type {
            MessageType::InteractiveShell => {
                if let Err((session, failure)) = self.workers.start(&message.payload) {
                    eprintln!("kagiban-agent: a session cannot begin: {failure}");
                    self.completions.add_failed(
                        &self.server.registration.node,
                        &session,
                        &failure.to_string(),
                    );
                }
            }
            MessageType::ChannelClosed => {
                if let Ok(closed) = ChannelClosed::parse(&message.payload) {
                    self.workers.terminate(&closed.session_id);
                }
            }
            MessageType::AgentTaskAcknowledge => {
                if let Ok(acknowledge) = TaskAcknowledge::parse(&message.payload) {
                    self.completions.acknowledged(&acknowledge.task_id);
                    self.workers.forget(&acknowledge.task_id);
                }
            }
            MessageType::AgentJob => {
                eprintln!("kagiban-agent: a command was ordered, which this version cannot run yet");
            }
            _ => {}
        }
    }

    fn complete(&mut self, session: &str) {
        let outcome = self.workers.outcome(session);
        self.completions
            .add(&self.server.registration.node, session, &outcome);
    }

    fn mourn(&mut self, ended: &Ended, lasted: Duration) {
        let (Ended::Closed(why) | Ended::Lost(why)) = ended;
        eprintln!("kagiban-agent: the control channel is gone: {why}");
        self.closed_soon = match ended {
            Ended::Closed(_) if lasted < WELL => self.closed_soon + 1,
            _ => 0,
        };
        if self.closed_soon == 3 {
            eprintln!(
                "kagiban-agent: the server keeps closing the channel of {}; does another agent use a copy of this data directory? each machine needs a registration of its own",
                self.server.registration.node
            );
        }
    }
}

/// At first within a second, at last within 20 seconds.
fn patience() -> Backoff {
    Backoff::new(Duration::from_secs(1), Duration::from_secs(20), u32::MAX)
}
