//! Live sessions: made as their records are found, written down as they change, gone when they are over.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kagiban_ssm::nodes::NodeId;
use tokio::time::{interval, sleep, sleep_until, timeout};

use super::claim::Claim;
use super::controls::Node;
use super::ending::Ending;
use super::hall::{Gateway, Hall};
use super::ledger::{self, Live};
use super::room::{News, Place, Room};
use super::terms::UNWRITTEN;

/// A session whose ends come and go is not written down more often than this.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// How long the next look at what is live waits at least: a store that is written all the time would have
/// it looked at all the time.
const BREATH: Duration = Duration::from_millis(5);

/// How late a node that is deregistered loses its control channel.
const NODES_EVERY: Duration = Duration::from_secs(1);

/// How long a change waits that could not be written.
const RETRY: Duration = Duration::from_secs(1);

impl Gateway {
    /// Follows what is committed, until the server stops: sessions begin and end by it.
    pub async fn follow(self) {
        let mut revisions = self.0.edge.revisions();
        let mut ticks = interval(NODES_EVERY);
        let mut seen = None;
        loop {
            revisions.borrow_and_update();
            self.0.catch_up(&mut seen);
            tokio::select! {
                biased;
                () = sleep(BREATH) => {}
                () = self.0.stopping.begun() => return,
            }
            tokio::select! {
                changed = revisions.changed() => if changed.is_err() { return },
                _ = ticks.tick() => self.0.dismiss_strangers(),
                () = self.0.stopping.begun() => return,
            }
        }
    }
}

impl Hall {
    /// Makes rooms for sessions that are new, and ends those that somebody has ended.
    fn catch_up(self: &Arc<Hall>, seen: &mut Option<(usize, u64)>) {
        // Asked for before the snapshot is taken: what is newer than that is not missing in it.
        let rooms = self.rooms.all();
        let found = self.edge.with_snapshot(|snapshot| {
            let newest = ledger::fingerprint(snapshot);
            // A room that was made and whose session ended between two looks is seen by the count alone.
            let is_news = seen.replace(newest) != Some(newest) || rooms.len() != newest.0;
            is_news.then(|| ledger::live(snapshot))
        });
        let Some(live) = found else { return };
        let places: HashSet<&Place> = live.iter().map(|live| &live.place).collect();
        for room in rooms {
            if !places.contains(&room.place) {
                room.end(Ending::Asked);
            }
        }
        for live in &live {
            let room = self.enter(live);
            if live.terminating {
                room.end(Ending::Asked);
            }
        }
    }

    /// Closes the channels of nodes that are not registered any more, and ends their sessions.
    fn dismiss_strangers(&self) {
        let mut here: HashSet<Node> = self.controls.nodes().into_iter().collect();
        here.extend(self.rooms.all().iter().map(|room| room.its_node()));
        let is_gone = |node: &Node| {
            let id = NodeId::parse(&node.id);
            self.edge.with_snapshot(|snapshot| {
                id.is_none_or(|id| snapshot.world.ssm.node(node.scope, &id).is_none())
            })
        };
        for node in here.into_iter().filter(is_gone) {
            self.controls
                .dismiss(&node, "the node is not registered any more");
            for room in self.rooms.of_node(&node) {
                room.end(Ending::NodeGone);
            }
        }
    }

    /// The room of a session, if its record says that it is live; what has just been committed may not
    /// have been followed yet.
    pub(super) fn room(self: &Arc<Hall>, place: &Place) -> Option<Arc<Room>> {
        if let Some(room) = self.rooms.find(place) {
            return Some(room);
        }
        let live = self
            .edge
            .with_snapshot(|snapshot| ledger::find(snapshot, place))?;
        (!live.terminating).then(|| self.enter(&live))
    }

    fn enter(self: &Arc<Hall>, live: &Live) -> Arc<Room> {
        let make = || {
            let may_pause = self
                .edge
                .with_snapshot(|snapshot| ledger::may_pause(snapshot, &live.place));
            Room::new(
                live.place.clone(),
                Arc::from(&*live.node),
                live.terms(&self.terms, may_pause),
                (live.beginning(), live.claim.clone()),
                self.metrics.relayed.clone(),
            )
        };
        let (room, is_new) = self.rooms.enter(&live.place, make);
        if is_new {
            self.metrics.sessions.inc();
            tokio::spawn(Arc::clone(self).attend(Arc::clone(&room)));
            if self.rooms.of_account(live.place.scope.account) > self.terms.live_per_account {
                room.end(Ending::TooMany);
            } else if !room.agent_came() && !live.terminating {
                self.order(&room);
            }
        }
        room
    }

    /// Looks after one session until it is over, or the server stops.
    async fn attend(self: Arc<Hall>, room: Arc<Room>) {
        let mut unwritten = None;
        let mut next_write = Instant::now();
        let mut claimed = None;
        let mut next_claim = Instant::now();
        loop {
            let deadline = room.tick();
            let News {
                joined,
                claim,
                ending,
                tell_node,
            } = room.news();
            if let Some(ending) = ending {
                if tell_node {
                    self.tell_node(&room);
                }
                self.end(&room, &ending).await;
                return;
            }
            unwritten = joined.or(unwritten);
            claimed = claim.or(claimed);
            if let Some(joined) = unwritten.filter(|_| next_write <= Instant::now()) {
                next_write = Instant::now() + WRITE_EVERY;
                match self.write_joined(&room, joined).await {
                    true => unwritten = None,
                    false => next_write = Instant::now() + RETRY,
                }
                continue; // it has taken some time
            }
            // At once, or the server could be started again and have forgotten whose the token is.
            if let Some(claim) = claimed.as_ref().filter(|_| next_claim <= Instant::now()) {
                match self.write_claim(&room, claim).await {
                    true => claimed = None,
                    false => next_claim = Instant::now() + RETRY,
                }
                continue;
            }
            let wake = [
                deadline,
                unwritten.map(|_| next_write),
                claimed.as_ref().map(|_| next_claim),
            ];
            let wake = wake.into_iter().flatten().min();
            tokio::select! {
                () = room.changed.notified() => {}
                () = until(wake) => {}
                () = self.stopping.begun() => return,
            }
        }
    }

    /// Writes whether both ends are there; false if that has to wait.
    async fn write_joined(&self, room: &Room, joined: bool) -> bool {
        let written = self
            .edge
            .commit_own(|snapshot, now| ledger::joined(snapshot, &room.place, joined, now));
        written.await.is_ok()
    }

    /// Writes whose the newest token is; false if that has to wait.
    async fn write_claim(&self, room: &Room, claim: &Claim) -> bool {
        let written = self
            .edge
            .commit_own(|snapshot, now| ledger::claimed(snapshot, &room.place, claim, now));
        written.await.is_ok()
    }

    /// Writes that a session is over, however long it takes, tells its ends, and lets go of it. Who is told
    /// finds it written; but a store that cannot be written does not keep them.
    async fn end(&self, room: &Room, ending: &Ending) {
        let writing = self.write_end(room, ending);
        tokio::pin!(writing);
        let written = match timeout(UNWRITTEN, writing.as_mut()).await {
            Ok(written) => written,
            Err(_late) => {
                room.dismiss();
                writing.await
            }
        };
        if written {
            room.dismiss();
            if let Some(receipt) = room.receipt() {
                self.controls.offer(&room.its_node(), receipt);
            }
        }
        self.rooms.leave(&room.place);
        self.metrics.sessions.dec();
    }

    /// Writes that a session is over; false if the server stops before.
    async fn write_end(&self, room: &Room, ending: &Ending) -> bool {
        let [from_client, from_agent] = room.carried();
        tracing::info!(
            session = %room.place.id,
            node = %room.node,
            from_client,
            from_agent,
            why = ending.kind(),
            "a session is over"
        );
        loop {
            let written = self
                .edge
                .commit_own(|snapshot, now| ledger::ended(snapshot, &room.place, ending, now));
            if written.await.is_ok() {
                return true;
            }
            tokio::select! {
                () = sleep(RETRY) => {}
                // The next start finds the record as it is, and nobody there.
                () = self.stopping.begun() => return false,
            }
        }
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}
