//! Somebody at the door whose connection has become a WebSocket: the first frame says who it is.

use std::sync::Arc;
use std::time::SystemTime;

use futures_util::FutureExt as _;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use kagiban_aws::Timestamp;
use kagiban_iam::Scope;
use kagiban_session::open::{OpenControlChannel, OpenDataChannel};
use kagiban_ssm::nodes::NodeId;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::data::Entered;
use super::door::Target;
use super::hall::{Counted, Hall};
use super::narrow::Narrow;
use super::room::{NotSeated, Place};
use super::socket::{self, Stream};
use super::terms::FIRST_FRAME;
use super::tokens::Opens;
use super::wire::Opened;
use super::{data, ledger, tokens};
use crate::edge::ChannelRequest;
use crate::strangers;

/// A connection that nobody has been let in with yet.
pub(super) struct Arrival {
    pub(super) hall: Arc<Hall>,
    pub(super) target: Target,
    /// Who signed the upgrade, if anybody did.
    pub(super) opened: Opened,
    /// For the audit, should it be refused.
    pub(super) asked: ChannelRequest,
    /// The place that it takes until it is known who it is.
    pub(super) stranger: Option<strangers::Place>,
}

/// Why a first frame opens nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Refused {
    /// There was none in time, or it was none.
    FirstFrame,
    /// The token is not one of ours, too old, or of something else.
    Token,
    /// The signature of the upgrade is somebody else's.
    Caller,
    /// The token has been used by another client.
    Used,
    /// The session is over; with what its client is shown.
    Over(String),
}

impl Refused {
    fn words(&self) -> &'static str {
        match self {
            Refused::FirstFrame => "the first frame did not open the channel",
            Refused::Token => "the token is not valid here",
            Refused::Caller => "the token is not the caller's",
            Refused::Used => "the token is another client's",
            Refused::Over(_) => "the session is over",
        }
    }

    /// For the audit; `None` if the caller has proven who it is, and comes too late.
    fn code(&self) -> Option<&'static str> {
        match self {
            Refused::FirstFrame => Some("InvalidFirstFrame"),
            Refused::Token => Some("InvalidToken"),
            Refused::Caller => Some("TokenOfAnother"),
            Refused::Used => Some("TokenOfAnotherClient"),
            Refused::Over(_) => None,
        }
    }
}

impl From<NotSeated> for Refused {
    fn from(not: NotSeated) -> Refused {
        match not {
            NotSeated::Over(output) => Refused::Over(output),
            NotSeated::Claimed => Refused::Used,
        }
    }
}

impl Arrival {
    /// Waits for the connection, and lets it in or sends it away.
    pub(super) async fn upgraded(self, connection: OnUpgrade) {
        let open = self.hall.count();
        match connection.await {
            Ok(connection) => self.serve(TokioIo::new(connection), open).await,
            Err(error) => tracing::debug!(%error, "an upgrade broke off"),
        }
    }

    async fn serve<S: Stream>(mut self, stream: S, open: Counted) {
        let (stream, widening) = Narrow::new(stream);
        let busy = matches!(self.target, Target::Data(_));
        let mut socket = socket::accept(stream, busy).await;
        let first = tokio::select! {
            first = socket::first_text(&mut socket, FIRST_FRAME) => first,
            () = self.hall.stopping.begun() => {
                return socket::refuse(socket, CloseCode::Away, "the server is stopping").await;
            }
        };
        let welcome = match first {
            Some(text) => self.welcome(text.as_bytes()),
            None => Err(Refused::FirstFrame),
        };
        drop(self.stranger.take());
        match welcome {
            Ok(welcome) => {
                widening.widen();
                self.enter(welcome, socket, open);
            }
            Err(refused) => self.refuse(refused, socket).await,
        }
    }

    fn welcome(&self, first: &[u8]) -> Result<Welcome, Refused> {
        match &self.target {
            Target::Control(_) => self.node(first),
            Target::Data(id) => self.end(id, first),
        }
    }

    fn node(&self, first: &[u8]) -> Result<Welcome, Refused> {
        let open = OpenControlChannel::parse(first).map_err(|_| Refused::FirstFrame)?;
        let node = self.opened.node.as_deref().and_then(NodeId::parse);
        let (Some(node), Some(scope)) = (node, self.opened.scope()) else {
            return Err(Refused::Caller); // the edge lets nobody else through
        };
        let valid = self.hall.edge.with_snapshot(|snapshot| {
            tokens::opens_control(snapshot, &open.token_value, scope, &node, now())
        });
        match valid {
            true => {
                tracing::debug!(%node, version = %open.agent_version, "a node has come");
                Ok(Welcome::Node(scope, node))
            }
            false => Err(Refused::Token),
        }
    }

    fn end(&self, id: &str, first: &[u8]) -> Result<Welcome, Refused> {
        let open = OpenDataChannel::parse(first).map_err(|_| Refused::FirstFrame)?;
        let read = self
            .hall
            .edge
            .with_snapshot(|snapshot| tokens::end(snapshot, id, &open.token_value, now()));
        let (place, opens) = read.ok_or(Refused::Token)?;
        let signed_for = self.opened.scope();
        let room = self
            .hall
            .room(&place)
            .ok_or_else(|| Refused::Over(self.last_words(&place)))?;
        let is_theirs = match opens {
            Opens::Client { .. } => signed_for.is_none_or(|scope| scope.account == place.scope.account),
            Opens::Agent => {
                signed_for == Some(place.scope) && self.opened.node.as_deref() == Some(&*room.node)
            }
        };
        match is_theirs {
            true => Ok(Welcome::End(data::enter(room, opens, &open)?)),
            false => Err(Refused::Caller),
        }
    }

    /// A channel that is open has a task of its own: it may be there for months, and what letting it in
    /// took is given back here.
    fn enter<S: Stream>(self, welcome: Welcome, socket: WebSocketStream<S>, open: Counted) {
        let gone = |()| drop(open);
        match welcome {
            Welcome::End(entered) => tokio::spawn(data::serve(socket, entered).map(gone)),
            Welcome::Node(scope, id) => tokio::spawn(self.hall.serve_node(socket, scope, id).map(gone)),
        };
    }

    async fn refuse<S: Stream>(self, refused: Refused, socket: WebSocketStream<S>) {
        let why = refused.words();
        tracing::debug!(peer = %self.asked.peer, why, "a channel was refused");
        if let Some(code) = refused.code() {
            self.hall.metrics.refused(code);
            self.hall.edge.record_refused_channel(&self.asked, code);
        }
        match refused {
            // The agent may have been done before the client came; it is told as if it had been there.
            Refused::Over(output) => {
                let frame = self.hall.frames().channel_closed(self.target.id(), "", &output);
                socket::dismiss(socket, frame, CloseCode::Normal, why).await;
            }
            Refused::FirstFrame | Refused::Token | Refused::Caller | Refused::Used => {
                socket::refuse(socket, CloseCode::Policy, why).await;
            }
        }
    }

    /// Why a session failed, for a client that comes when it has.
    fn last_words(&self, place: &Place) -> String {
        self.hall
            .edge
            .with_snapshot(|snapshot| ledger::failure(snapshot, place))
            .unwrap_or_default()
    }
}

/// Who has come.
enum Welcome {
    /// A node, for its control channel.
    Node(Scope, NodeId),
    /// An end of a session.
    End(Entered),
}

fn now() -> Timestamp {
    SystemTime::now().into()
}
