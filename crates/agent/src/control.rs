//! The control channel: the standing connection over which the server orders sessions.
//!
//! It is dialled again whenever it is lost: at once after the first loss (a server that restarts finds
//! its agents back within a second or two, spread), then ever more seldom, up to 20 seconds ([`holding`]).
//! Sessions do not notice. That a session has ended is said until the server knows.

mod completions;
mod holding;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use kagiban_client::websocket::{self, WebSocket};
use kagiban_client::{Error, Signer};
use kagiban_session::control::{ChannelClosed, TaskAcknowledge};
use kagiban_session::handshake::Version;
use kagiban_session::message::{Message, MessageType};
use kagiban_session::open::OpenControlChannel;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::failure::{Failure, say};
use crate::node::{Leased, Server, channel_request};
use crate::random;
use crate::workers::Workers;
use completions::Completions;
use holding::{Holding, Loss};

/// As AWS's agent pings.
const PING: Duration = Duration::from_secs(54);

/// How long the first pong may take.
const FIRST_PONG: Duration = Duration::from_secs(114);

/// How long each further one may.
const PONG: Duration = Duration::from_secs(60);

/// What the server says to a socket whose node has come with another one.
const TAKEN_OVER: &str = "taken over";

/// The control channel of this node, with what is done over it.
pub(crate) struct Control {
    server: Arc<Server>,
    leased: Leased,
    workers: Workers,
    ended: mpsc::UnboundedReceiver<String>,
    completions: Completions,
    holding: Holding,
}

/// Why a channel has ended.
struct Ended {
    loss: Loss,
    why: String,
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
            holding: Holding::new(),
        }
    }

    /// Holds the channel, for as long as the agent runs.
    ///
    /// # Errors
    ///
    /// If what earlier runs have left behind cannot be read.
    pub(crate) async fn hold(mut self) -> Result<(), Failure> {
        self.workers.adopt()?;
        let mut is_lost = false;
        loop {
            let began = Instant::now();
            let loss = match self.open().await {
                Ok(socket) => {
                    say(&format!("{} is connected", self.server.registration.node));
                    is_lost = false;
                    let ended = self.serve(socket).await;
                    say(&format!("the control channel is gone: {}", ended.why));
                    ended.loss
                }
                Err(error) => {
                    if !std::mem::replace(&mut is_lost, true) {
                        Failure::Server(error).report();
                    }
                    Loss::Ordinary
                }
            };
            let pause = self.holding.lost(loss, began.elapsed());
            if loss == Loss::TakenOver {
                self.suspect(pause);
            }
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
                    Some(Ok(Frame::Close(reason))) => return Ended::closed(reason),
                    Some(Ok(_)) => Ok(()),
                    Some(Err(error)) => return Ended::broken(error),
                    None => return Ended::broken("the connection has ended"),
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
                () = sleep_until(deadline) => return Ended::broken("the server has gone silent"),
            };
            if let Err(error) = sent {
                return Ended::broken(error);
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
            say("a frame on the control channel makes no sense; it is passed over");
            return;
        };
        match message.message_type {
            MessageType::InteractiveShell => {
                if let Err((session, failure)) = self.workers.start(&message.payload) {
                    say(&format!("a session cannot begin: {failure}"));
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
                say("a command was ordered, which this version cannot run yet");
            }
            _ => {}
        }
    }

    fn complete(&mut self, session: &str) {
        let outcome = self.workers.outcome(session);
        self.completions
            .add(&self.server.registration.node, session, &outcome);
    }

    /// Says that another agent has this node's channel, and what to do.
    fn suspect(&self, pause: Duration) {
        let (node, Some(times)) = (&self.server.registration.node, self.holding.suspicion()) else {
            return;
        };
        say(&format!(
            "another agent is connected as {node}: it has taken over the control channel {times} times. Sessions go to \
             whichever of the two has it, and may end up on the wrong machine. Most likely a disk was copied with {} on \
             it. On the copy, stop the agent and register anew with an activation of its own: `kagiban-agent register \
             --force …`. This agent tries again in {} seconds",
            self.workers.root().display(),
            pause.as_secs(),
        ));
    }
}

impl Ended {
    fn closed(reason: Option<CloseFrame>) -> Ended {
        let Some(CloseFrame { code, reason }) = reason else {
            return Ended::broken("it was closed without a reason");
        };
        let is_taken = code == CloseCode::Policy && reason.contains(TAKEN_OVER);
        Ended {
            loss: if is_taken { Loss::TakenOver } else { Loss::Ordinary },
            why: format!("{} {reason}", u16::from(code)),
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "errors are handed over")]
    fn broken(why: impl ToString) -> Ended {
        Ended {
            loss: Loss::Ordinary,
            why: why.to_string(),
        }
    }
}
