//! `ec2messages`: where agents ask for commands while they have no control channel.
//!
//! There is never anything there, since a node that may poll here may open its control channel, too. But
//! agents ask from the moment they start, and ask again at once if they are answered at once: so an answer
//! takes its time.

pub mod operations;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kagiban_aws::wire::{Protocol, Service};
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::edge::Edge;
use crate::http::{Handler as _, Request, Response, Shutdown};
use wire::GetMessagesRequest;

/// How clients address it.
pub const SERVICE: Service = Service {
    name: "ec2messages",
    protocol: Protocol::Json {
        target: "EC2WindowsMessageDeliveryService",
    },
};

/// Less than the 20 s after which agents give up, and more than the 10 s that they take for a failure.
const HOLD: Duration = Duration::from_secs(18);

/// How many agents may be kept waiting; an agent with a control channel does not ask.
const MAX_WAITING: usize = 1024;

/// The nodes that wait for an answer, and the word to each that a newer poll of the same node has come: an
/// agent asks one at a time, so it does not hear the answer to the older one any more.
#[derive(Debug, Default)]
pub(super) struct Polls(Mutex<HashMap<Box<str>, Arc<Notify>>>);

/// A node's place to wait; given back on drop.
#[derive(Debug)]
struct Place<'p> {
    polls: &'p Polls,
    node: Box<str>,
    replaced: Arc<Notify>,
}

impl Polls {
    /// Has the edge answer; the answer to a poll comes late, or when the server stops, or the node asks anew.
    pub(super) async fn answer(&self, edge: &Edge, request: Request, stopping: &Shutdown) -> Response {
        let is_poll = is_poll(&request);
        let answer = edge.handle(request).await;
        if is_poll && let Some(place) = self.place(&answer) {
            tokio::select! {
                () = sleep(HOLD) => {}
                () = place.replaced.notified() => {}
                () = stopping.begun() => {}
            }
        }
        answer
    }

    /// A place to wait for whom the edge has let in; nobody else takes one.
    fn place(&self, answer: &Response) -> Option<Place<'_>> {
        if !answer.status.is_success() {
            return None;
        }
        // The answer repeats for whom it is, and that is the caller, or it would be a refusal.
        let asked: GetMessagesRequest = serde_json::from_slice(&answer.body).ok()?;
        let node = Box::<str>::from(asked.destination);
        let replaced = Arc::new(Notify::new());
        let mut waiting = self.lock();
        if waiting.len() >= MAX_WAITING && !waiting.contains_key(&node) {
            return None;
        }
        if let Some(older) = waiting.insert(node.clone(), Arc::clone(&replaced)) {
            older.notify_one();
        }
        Some(Place {
            polls: self,
            node,
            replaced,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<Notify>>> {
        // Nothing in here panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut waiting = self.polls.lock();
        let is_newest = |newest: &Arc<Notify>| Arc::ptr_eq(newest, &self.replaced);
        if waiting.get(&self.node).is_some_and(is_newest) {
            waiting.remove(&self.node);
        }
    }
}

fn is_poll(request: &Request) -> bool {
    let target = request.headers.get("x-amz-target");
    target.is_some_and(|target| target == "EC2WindowsMessageDeliveryService.GetMessages")
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;

    use super::*;

    fn answer(status: StatusCode, node: &str) -> Response {
        let body = format!(r#"{{"Destination":"{node}","Messages":[],"MessagesRequestId":""}}"#);
        Response::new(status, "application/x-amz-json-1.1", body)
    }

    #[test]
    fn who_is_refused_takes_no_place() {
        let polls = Polls::default();
        for status in [StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN] {
            assert!(polls.place(&answer(status, "mi-1")).is_none());
        }
        assert!(polls.lock().is_empty());
    }

    #[test]
    fn there_are_so_many_places() {
        let polls = Polls::default();
        let place = |number: usize| polls.place(&answer(StatusCode::OK, &format!("mi-{number}")));
        let mut places: Vec<_> = (0..MAX_WAITING).map(place).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(place(MAX_WAITING).is_none(), "all are taken");
        assert!(place(0).is_some(), "it takes its own");
        places.pop();
        assert!(place(MAX_WAITING).is_some());
    }

    #[tokio::test]
    async fn a_node_has_one_place_and_its_newest_poll_takes_it() {
        let polls = Polls::default();
        let ok = answer(StatusCode::OK, "mi-1");
        let (older, newer) = (polls.place(&ok).unwrap(), polls.place(&ok).unwrap());
        older.replaced.notified().await;
        drop(older);
        assert_eq!(polls.lock().len(), 1, "the newer one waits on");
        drop(newer);
        assert!(polls.lock().is_empty());
    }
}
