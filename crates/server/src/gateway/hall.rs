//! The gateway itself: what is open, who may open more, and what becomes of it when the server stops.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::Method;
use kagiban_aws::Fault;
use tokio::sync::watch;
use tokio::time::timeout;

use super::arrival::Arrival;
use super::controls::Controls;
use super::door::{self, Target};
use super::frames::Frames;
use super::messages::Polls;
use super::rooms::Rooms;
use super::terms::Terms;
use super::wire::{Named, Opened};
use crate::edge::{ChannelRequest, Edge, identified, is_bare};
use crate::http::{Handler, Request, Response, Shutdown};
use crate::metrics::ChannelMetrics;
use crate::request_id::RequestId;
use crate::strangers::Strangers;

/// The message gateway, in front of the edge: what is not its own goes there. Clones share it.
#[derive(Clone)]
pub struct Gateway(pub(super) Arc<Hall>);

/// What all of its tasks share.
pub(super) struct Hall {
    pub(super) edge: Arc<Edge>,
    pub(super) terms: Terms,
    pub(super) rooms: Rooms,
    pub(super) controls: Controls,
    pub(super) metrics: ChannelMetrics,
    pub(super) stopping: Shutdown,
    polls: Polls,
    frames: Mutex<Frames>,
    /// Places for those who have not proven yet who they are.
    strangers: Arc<Strangers>,
    /// How many sockets are open.
    sockets: watch::Sender<usize>,
}

impl Handler for Gateway {
    async fn handle(&self, request: Request) -> Response {
        match door::target(&request) {
            Some(target) => {
                let id = RequestId::random();
                identified(self.channel(request, target, id).await, id)
            }
            None => {
                let hall = &*self.0;
                hall.polls.answer(&hall.edge, request, &hall.stopping).await
            }
        }
    }

    fn stop(&self) {
        self.0.stopping.begin();
        self.0.edge.stop();
        self.0.controls.close();
        for room in self.0.rooms.all() {
            room.close();
        }
    }
}

impl Gateway {
    /// A gateway in front of an edge. Nothing is live until [`Gateway::follow`] runs.
    pub fn new(edge: Arc<Edge>, terms: Terms, metrics: ChannelMetrics) -> Gateway {
        Gateway(Arc::new(Hall {
            edge,
            terms,
            rooms: Rooms::default(),
            controls: Controls::default(),
            metrics,
            stopping: Shutdown::new(),
            polls: Polls::default(),
            frames: Mutex::new(Frames::new()),
            strangers: Strangers::new(terms.strangers, terms.strangers_per_address),
            sockets: watch::Sender::new(0),
        }))
    }

    /// The edge that it stands in front of.
    pub(crate) fn edge(&self) -> &Arc<Edge> {
        &self.0.edge
    }

    /// Waits until the sockets that were told to go are gone and the audit log has every change, for at
    /// most so long each: the last thing before a clean end.
    pub async fn settle(&self, patience: Duration) {
        self.farewell(patience).await;
        self.0.edge.settle(patience).await;
    }

    async fn farewell(&self, patience: Duration) {
        let mut sockets = self.0.sockets.subscribe();
        let gone = sockets.wait_for(|sockets| *sockets == 0);
        if timeout(patience, gone).await.is_err() {
            tracing::warn!("some channels did not close in time and are cut");
        }
    }

    async fn channel(&self, request: Request, target: Target, id: RequestId) -> Response {
        match request.method {
            Method::POST => self.create(&request, target, id).await,
            _ => self.open(request, target, id).await,
        }
    }

    async fn create(&self, request: &Request, target: Target, id: RequestId) -> Response {
        let (operation, of) = match target {
            Target::Control(node) => ("CreateControlChannel", node),
            Target::Data(session) => ("CreateDataChannel", session),
        };
        let named = Named { id: of }.to_raw();
        match self.0.edge.channel(request, operation, &named, id).await {
            Ok(body) => door::created(body),
            Err(fault) => door::refused(&fault),
        }
    }

    /// Answers an upgrade, and goes on with the connection once that is out.
    async fn open(&self, mut request: Request, target: Target, id: RequestId) -> Response {
        let answer = match door::upgrade(&request) {
            Ok(answer) => answer,
            Err(refusal) => return *refusal,
        };
        let (operation, of) = match &target {
            Target::Control(node) => ("OpenControlChannel", node),
            Target::Data(session) => ("OpenDataChannel", session),
        };
        if let Target::Data(_) = &target {
            door::without_presigned_mark(&mut request);
        }
        let mut asked = ChannelRequest {
            operation,
            id,
            peer: request.peer,
            of: of.clone(),
            scope: None,
        };
        let stranger = match is_bare(&request) {
            false => None, // who has signed is known, or refused
            true => match self.0.strangers.admit(request.peer) {
                None => return self.0.too_many(&asked),
                place => place,
            },
        };
        let named = Named { id: asked.of.clone() }.to_raw();
        let opened = match self.0.edge.channel(&request, operation, &named, id).await {
            Ok(opened) => Opened::read(&opened),
            Err(fault) => return door::refused(&fault),
        };
        asked.scope = opened.scope();
        let arrival = Arrival {
            hall: Arc::clone(&self.0),
            target,
            opened,
            asked,
            stranger,
        };
        if let Some(connection) = request.upgrade.take() {
            tokio::spawn(arrival.upgraded(connection));
        }
        answer
    }
}

impl Hall {
    fn too_many(&self, asked: &ChannelRequest) -> Response {
        let code = "TooManyStrangers";
        self.metrics.refused(code);
        self.edge.record_refused_channel(asked, code);
        let words = "too many connections have not said yet who they are; try again later";
        door::refused(&Fault::sender("ThrottlingException", words))
    }

    /// Counts a socket until what is returned is dropped.
    pub(super) fn count(self: &Arc<Hall>) -> Counted {
        self.sockets.send_modify(|sockets| *sockets += 1);
        Counted(Arc::clone(self))
    }

    /// Makes the gateway's own frames.
    pub(super) fn frames(&self) -> MutexGuard<'_, Frames> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket that is open.
pub(super) struct Counted(Arc<Hall>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.sockets.send_modify(|sockets| *sockets -= 1);
    }
}
