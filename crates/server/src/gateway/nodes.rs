//! A node's control channel while it is open: orders go out, ends of sessions come in.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use kagiban_iam::Scope;
use kagiban_ssm::nodes::NodeId;
use tokio_tungstenite::WebSocketStream;

use super::control::{Said, said};
use super::controls::Node;
use super::hall::Hall;
use super::ledger;
use super::outbox::outbox;
use super::room::{Place, Room};
use super::socket::{self, Listener, Stream};
use super::terms::CONTROL_SILENCE;

/// What comes in on a node's control channel.
struct Voice<'h> {
    hall: &'h Hall,
    node: &'h Node,
}

impl Listener for Voice<'_> {
    async fn heard(&mut self, frame: Bytes) {
        self.hall.hear(self.node, frame);
    }
}

impl Hall {
    /// Serves a node's control channel until it is gone or another one has taken its place.
    pub(super) async fn serve_node<S: Stream>(
        self: Arc<Hall>,
        socket: WebSocketStream<S>,
        scope: Scope,
        id: NodeId,
    ) {
        let node = Node {
            scope,
            id: id.as_str().into(),
        };
        let (outbox, inbox) = outbox();
        let connect = || self.edge.presence().connect(&id, SystemTime::now().into());
        let (taken, present) = self.controls.take(node.clone(), outbox, Instant::now(), connect);
        self.count_nodes();
        if taken.contended {
            self.tell_of_contention(scope, &id);
        }
        self.order_all(&node);
        let voice = Voice {
            hall: &self,
            node: &node,
        };
        socket::serve(socket, inbox, CONTROL_SILENCE, voice).await;
        self.controls.give_back(&node, taken.held);
        drop(present);
        self.count_nodes();
        tracing::debug!(node = %id, "a control channel is closed");
    }

    fn count_nodes(&self) {
        let nodes = i64::try_from(self.controls.len()).unwrap_or(i64::MAX);
        self.metrics.nodes.set(nodes);
    }

    fn tell_of_contention(&self, scope: Scope, id: &NodeId) {
        tracing::warn!(
            node = %id,
            account = %scope.account,
            region = %scope.region,
            "two machines seem to run as one node: they take its control channel from each other; \
             register one of them anew"
        );
        self.metrics.contentions.inc();
        self.edge.record_contention(scope, id.arn(scope).to_string());
    }

    fn hear(&self, node: &Node, frame: Bytes) {
        match said(frame) {
            Some(Said::Completed {
                message,
                session,
                topic,
                completion,
            }) => {
                let place = Place {
                    scope: node.scope,
                    id: session.as_str().into(),
                };
                let known = self.frames().task_acknowledge(message, &session, &topic);
                match self.rooms.find(&place).filter(|room| room.node == node.id) {
                    // Once it is written down: an agent that forgets it before, and a server that is killed,
                    // would leave nobody who knows.
                    Some(room) => room.completed(completion, known),
                    // One that is not live is over already, and the agent wants to know that this is known.
                    None => self.controls.offer(node, known), // an agent that does not hear it says it again
                }
            }
            Some(Said::Else) => {}
            None => tracing::debug!(node = %node.id, "a frame of a control channel cannot be read"),
        }
    }

    /// Sends the orders that a node has not had, or may have lost.
    fn order_all(&self, node: &Node) {
        let rooms = self.rooms.of_node(node).into_iter();
        for room in rooms.filter(|room| !room.agent_came()) {
            self.order(&room);
        }
    }

    /// Sends the order to begin a session; a second one for the same session is ignored by agents.
    pub(super) fn order(&self, room: &Arc<Room>) {
        let payload = self
            .edge
            .with_snapshot(|snapshot| ledger::order(snapshot, &room.place));
        let Some(payload) = payload else { return };
        let frame = self.frames().interactive_shell(payload);
        if !self.controls.send(&room.its_node(), frame) {
            tracing::debug!(session = %room.place.id, "the node is not connected; the order waits for it");
        }
    }

    /// Tells a node without a data channel that a session is over.
    pub(super) fn tell_node(&self, room: &Room) {
        let frame = self.frames().channel_closed(&room.place.id, &room.node, "");
        self.controls.send(&room.its_node(), frame);
    }
}
