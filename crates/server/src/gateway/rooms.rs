//! The sessions that are live here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kagiban_aws::AccountId;

use super::controls::Node;
use super::room::{Place, Room};

/// The rooms, by session.
#[derive(Default)]
pub(super) struct Rooms(Mutex<HashMap<Place, Arc<Room>>>);

impl Rooms {
    /// The room of a session, and whether it has just been made.
    pub(super) fn enter(&self, place: &Place, make: impl FnOnce() -> Room) -> (Arc<Room>, bool) {
        let mut rooms = self.lock();
        if let Some(room) = rooms.get(place) {
            return (Arc::clone(room), false);
        }
        let room = Arc::new(make());
        rooms.insert(place.clone(), Arc::clone(&room));
        (room, true)
    }

    /// The room of a session that is live.
    pub(super) fn find(&self, place: &Place) -> Option<Arc<Room>> {
        self.lock().get(place).cloned()
    }

    /// The session is over.
    pub(super) fn leave(&self, place: &Place) {
        self.lock().remove(place);
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Arc<Room>> {
        self.lock().values().cloned().collect()
    }

    /// Those of one node.
    pub(super) fn of_node(&self, node: &Node) -> Vec<Arc<Room>> {
        let rooms = self.lock();
        let of_node = rooms
            .values()
            .filter(|room| room.place.scope == node.scope && room.node == node.id);
        of_node.cloned().collect()
    }

    /// How many an account has.
    pub(super) fn of_account(&self, account: AccountId) -> usize {
        let rooms = self.lock();
        let of_account = rooms.keys().filter(|place| place.scope.account == account);
        of_account.count()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Place, Arc<Room>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
