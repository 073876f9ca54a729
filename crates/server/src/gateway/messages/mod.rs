//! `ec2messages`: where agents ask for commands while they have no control channel.
//!
//! There is never anything there, since a node that may poll here may open its control channel, too. But
//! agents ask from the moment they start, and ask again at once if they are answered at once: so an answer
//! takes its time.

pub mod operations;
mod wire;

use std::time::Duration;

use kagiban_aws::wire::{Protocol, Service};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::sleep;

use crate::edge::Edge;
use crate::http::{Handler as _, Request, Response, Shutdown};

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

/// The agents that wait for an answer.
#[derive(Debug)]
pub(super) struct Polls(Semaphore);

impl Default for Polls {
    fn default() -> Polls {
        Polls(Semaphore::new(MAX_WAITING))
    }
}

impl Polls {
    /// Has the edge answer; the answer to a poll comes late, or when the server stops.
    pub(super) async fn answer(&self, edge: &Edge, request: Request, stopping: &Shutdown) -> Response {
        let is_poll = is_poll(&request);
        let answer = edge.handle(request).await;
        if is_poll && let Some(_place) = self.place(&answer) {
            tokio::select! {
                () = sleep(HOLD) => {}
                () = stopping.begun() => {}
            }
        }
        answer
    }

    /// A place to wait for whom the edge has let in; nobody else takes one.
    fn place(&self, answer: &Response) -> Option<SemaphorePermit<'_>> {
        let admitted = answer.status.is_success();
        admitted.then(|| self.0.try_acquire().ok()).flatten()
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

    #[test]
    fn who_is_refused_takes_no_place() {
        let polls = Polls(Semaphore::new(1));
        let answer = |status| Response::new(status, "text/plain", "");
        for status in [StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN] {
            assert!(polls.place(&answer(status)).is_none());
        }
        let _place = polls.place(&answer(StatusCode::OK)).unwrap();
        assert!(polls.place(&answer(StatusCode::OK)).is_none(), "there is one");
    }
}
