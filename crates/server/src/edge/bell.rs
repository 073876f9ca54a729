//! Waking those who wait for something to happen in their account and Region.
//!
//! One task looks at each new revision, only at the accounts that somebody waits for, and wakes those
//! where something has changed; so thousands may wait, and a busy account costs the others nothing.
//! Who goes away leaves nothing behind but an empty room, which the next ring clears.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use kagiban_aws::{AccountId, Fault};
use kagiban_iam::{Scope, Wait};
use kagiban_store::{Memory, Rev};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout_at};

use super::{Edge, World};
use crate::http::Shutdown;

/// How many requests may wait: half of the connections that there may be.
const MAX_WAITING: usize = 2048;

/// How many of one account's: there is always room for another's.
const MAX_OF_ONE: usize = MAX_WAITING / 2;

/// Where somebody waits.
pub(super) struct Bell {
    /// Each with the newest revision that changed something there, as far as it was looked at.
    rooms: Mutex<HashMap<Scope, watch::Sender<Rev>>>,
    places: Semaphore,
    stopping: Shutdown,
}

impl Bell {
    pub(super) fn new() -> Bell {
        Bell {
            rooms: Mutex::default(),
            places: Semaphore::new(MAX_WAITING),
            stopping: Shutdown::new(),
        }
    }

    /// Waits until it has happened, or the patience since `begun` is over, or the server stops; returns
    /// whether there is no more waiting.
    ///
    /// # Errors
    ///
    /// `ThrottlingException` if too many wait already.
    pub(super) async fn wait(
        &self,
        memory: &Memory<World>,
        wait: &Wait,
        begun: Instant,
    ) -> Result<bool, Fault> {
        let place = self.places.try_acquire().ok();
        let entered = place.and_then(|place| Some((place, self.enter(wait.scope)?)));
        let Some((_place, mut rung)) = entered else {
            let busy = "too many requests wait for changes already; try again later";
            return Err(Fault::sender("ThrottlingException", busy));
        };
        let happened = async {
            // Looked at after entering: what happens in between rings.
            while !memory.view().state.ssm.has_news(wait) {
                if rung.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            biased;
            () = self.stopping.begun() => Ok(true),
            over = timeout_at(begun + wait.patience, happened) => Ok(over.is_err()),
        }
    }

    /// Sends everybody home.
    pub(super) fn stop(&self) {
        self.stopping.begin();
    }

    fn enter(&self, scope: Scope) -> Option<watch::Receiver<Rev>> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting(&rooms, scope.account) >= MAX_OF_ONE {
            return None;
        }
        let room = rooms.entry(scope).or_insert_with(|| watch::Sender::new(Rev(0)));
        Some(room.subscribe())
    }

    fn ring(&self, world: &World) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.retain(|_, room| room.receiver_count() > 0);
        for (scope, room) in rooms.iter() {
            let newest = world.ssm.last_change(*scope);
            room.send_if_modified(|rung| std::mem::replace(rung, newest) != newest);
        }
    }
}

/// How many of an account wait, in all Regions.
fn waiting(rooms: &HashMap<Scope, watch::Sender<Rev>>, account: AccountId) -> usize {
    let own = rooms.iter().filter(|(scope, _)| scope.account == account);
    own.map(|(_, room)| room.receiver_count()).sum()
}

impl Edge {
    /// Wakes whoever waits, until the edge or its store goes away.
    pub fn ring(self: &Arc<Edge>) -> impl Future<Output = ()> + Send + 'static {
        let mut revisions = self.memory.revisions();
        let edge: Weak<Edge> = Arc::downgrade(self);
        async move {
            while revisions.changed().await.is_ok() {
                let Some(edge) = edge.upgrade() else { return };
                edge.bell.ring(&edge.memory.view().state);
            }
        }
    }
}
