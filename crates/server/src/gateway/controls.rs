//! Which nodes have a control channel here, and by which socket.
//!
//! A node has one. When another one comes, it is the node again after a network change, and the older
//! socket is closed; unless two machines run as the same node, such as a disk that was copied with its
//! registration on it. Then they take the channel from each other as fast as they can, and somebody has
//! to be told.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use kagiban_iam::Scope;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::outbox::Outbox;

/// So many take-overs of a living channel in so much time are a fight.
const TAKE_OVERS: usize = 4;
const SPAN: Duration = Duration::from_secs(120);

/// Which node.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Node {
    pub(super) scope: Scope,
    pub(super) id: Arc<str>,
}

/// The nodes that are connected.
#[derive(Debug, Default)]
pub(super) struct Controls(Mutex<Registry>);

#[derive(Debug, Default)]
struct Registry {
    nodes: HashMap<Node, Holder>,
    /// How many sockets have held a channel; none is counted twice, so that a late farewell takes
    /// nothing from a newer one.
    taken: u64,
}

/// Who holds a node's channel.
#[derive(Debug)]
struct Holder {
    number: u64,
    outbox: Outbox,
    take_overs: TakeOvers,
}

/// The word that a channel is held; to be given back when its socket is gone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Held(u64);

/// What came of taking a channel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Taken {
    pub(super) held: Held,
    /// Somebody else had it.
    pub(super) replaced: bool,
    /// Two seem to fight for it, and it has just been noticed.
    pub(super) contended: bool,
}

impl Controls {
    /// Gives a node's channel to a new socket; an older one is closed.
    ///
    /// `connect` tells others of it. It runs while nobody else can take a channel, so that they and this
    /// registry agree on which of two sockets is the newer one: else the end of the older one, which is the
    /// newer one there, would make the node look as if it were gone.
    pub(super) fn take<T>(
        &self,
        node: Node,
        outbox: Outbox,
        now: Instant,
        connect: impl FnOnce() -> T,
    ) -> (Taken, T) {
        let mut registry = self.lock();
        let connected = connect();
        (registry.take(node, outbox, now), connected)
    }

    /// A socket is gone; returns whether the node has no other.
    pub(super) fn give_back(&self, node: &Node, held: Held) -> bool {
        let nodes = &mut self.lock().nodes;
        let is_holder = nodes.get(node).is_some_and(|holder| holder.number == held.0);
        if is_holder {
            nodes.remove(node);
        }
        is_holder
    }

    /// Sends a frame to a node; false if it is not connected.
    pub(super) fn send(&self, node: &Node, frame: Bytes) -> bool {
        let registry = self.lock();
        let holder = registry.nodes.get(node);
        if let Some(holder) = holder
            && !holder.outbox.try_put(frame)
        {
            holder.outbox.close(CloseCode::Policy, "it does not read");
        }
        holder.is_some()
    }

    /// Sends a frame to a node, unless it is far behind with reading.
    pub(super) fn offer(&self, node: &Node, frame: Bytes) {
        if let Some(holder) = self.lock().nodes.get(node) {
            holder.outbox.offer(frame);
        }
    }

    /// Closes a node's channel, such as when it is no longer registered.
    pub(super) fn dismiss(&self, node: &Node, why: &'static str) {
        if let Some(holder) = self.lock().nodes.get(node) {
            holder.outbox.close(CloseCode::Policy, why);
        }
    }

    /// Closes all of them: the server is stopping.
    pub(super) fn close(&self) {
        for holder in self.lock().nodes.values() {
            holder.outbox.close(CloseCode::Away, "the server is stopping");
        }
    }

    /// The nodes that are connected.
    pub(super) fn nodes(&self) -> Vec<Node> {
        self.lock().nodes.keys().cloned().collect()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.lock().nodes.len()
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    fn take(&mut self, node: Node, outbox: Outbox, now: Instant) -> Taken {
        self.taken += 1;
        let number = self.taken;
        let Some(holder) = self.nodes.get_mut(&node) else {
            let holder = Holder {
                number,
                outbox,
                take_overs: TakeOvers::default(),
            };
            self.nodes.insert(node, holder);
            return Taken {
                held: Held(number),
                replaced: false,
                contended: false,
            };
        };
        let older = std::mem::replace(&mut holder.outbox, outbox);
        older.close(
            CloseCode::Policy,
            "a newer connection of this node has taken over",
        );
        holder.number = number;
        Taken {
            held: Held(number),
            replaced: true,
            contended: holder.take_overs.note(now),
        }
    }
}

/// When a living channel was last taken over.
#[derive(Debug, Default)]
struct TakeOvers {
    recent: VecDeque<Instant>,
    told: Option<Instant>,
}

impl TakeOvers {
    /// Notes another one; true if it makes a fight of it that nobody was told of for a while.
    fn note(&mut self, now: Instant) -> bool {
        self.recent.push_back(now);
        while self.recent.len() > TAKE_OVERS {
            self.recent.pop_front();
        }
        let first = self.recent.front().copied().unwrap_or(now);
        let fight = self.recent.len() == TAKE_OVERS && now.duration_since(first) <= SPAN;
        let told = self.told.is_some_and(|told| now.duration_since(told) < SPAN);
        if fight && !told {
            self.told = Some(now);
        }
        fight && !told
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use kagiban_aws::Timestamp;
    use kagiban_ssm::nodes::{NodeId, Presence};

    use super::super::outbox::{Item, outbox};
    use super::*;

    fn node() -> Node {
        Node {
            scope: Scope {
                account: "111122223333".parse().unwrap(),
                region: "us-east-1".parse().unwrap(),
            },
            id: "mi-0123456789abcdef0".into(),
        }
    }

    fn take(controls: &Controls, outbox: Outbox, now: Instant) -> Taken {
        controls.take(node(), outbox, now, || ()).0
    }

    #[test]
    fn whoever_holds_the_channel_is_the_one_that_is_present() {
        let (controls, presence) = (Controls::default(), Arc::new(Presence::default()));
        let id = NodeId::parse(&node().id).unwrap();
        let both_are_ready = Barrier::new(2);
        for _ in 0..500 {
            let come = || {
                both_are_ready.wait();
                let connect = || presence.connect(&id, Timestamp::from_seconds(1));
                controls.take(node(), outbox().0, Instant::now(), connect)
            };
            let came = thread::scope(|scope| {
                let threads = [scope.spawn(come), scope.spawn(come)];
                threads.map(|thread| thread.join().unwrap())
            });
            for (taken, present) in came {
                assert_eq!(present.is_current(), controls.give_back(&node(), taken.held));
            }
            assert!(!presence.is_connected(&id) && controls.len() == 0);
        }
    }

    #[test]
    fn the_newest_socket_holds_the_channel_and_the_older_one_is_closed() {
        let controls = Controls::default();
        let ((first, mut first_in), (second, mut second_in)) = (outbox(), outbox());
        let now = Instant::now();
        let first = take(&controls, first, now);
        let second = take(&controls, second, now);
        assert_eq!((first.replaced, second.replaced), (false, true));
        assert!(matches!(
            first_in.ready(),
            Some(Item::Close(CloseCode::Policy, _))
        ));
        assert!(
            !controls.give_back(&node(), first.held),
            "it is not the holder any more"
        );
        assert!(controls.send(&node(), Bytes::from_static(b"x")));
        assert!(matches!(second_in.ready(), Some(Item::Frame(..))));
        assert!(controls.give_back(&node(), second.held));
        assert!(!controls.send(&node(), Bytes::new()));
        assert_eq!(controls.len(), 0);
    }

    #[test]
    fn two_that_take_the_channel_from_each_other_are_told_of_once_in_a_while() {
        let controls = Controls::default();
        let begun = Instant::now();
        let mut told = Vec::new();
        for second in 0..300 {
            let taken = take(&controls, outbox().0, begun + Duration::from_secs(second));
            if taken.contended {
                told.push(second);
            }
        }
        assert_eq!(told, [4, 124, 244]);
    }

    #[test]
    fn a_node_that_changes_networks_now_and_then_fights_with_nobody() {
        let controls = Controls::default();
        let begun = Instant::now();
        for minute in 0..60 {
            let taken = take(&controls, outbox().0, begun + Duration::from_secs(60 * minute));
            assert!(!taken.contended);
        }
    }
}
