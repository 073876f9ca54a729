//! Which nodes are there now: memory of this server, shared by its API and its gateway.
//!
//! A node is connected while it holds a control channel open; that is what sessions need. When it
//! was last heard of is for people, and is written to its record now and then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kagiban_aws::Timestamp;
use kagiban_iam::Stored;
use kagiban_store::Txn;

use super::NodeId;
use crate::State;
use crate::records::{Node, keys};

/// Who is there, by node id. Cheap to ask; no lock is held for longer than a look into a map.
#[derive(Debug, Default)]
pub struct Presence(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    nodes: HashMap<NodeId, Sight>,
    channels: u64,
}

#[derive(Clone, Copy, Debug)]
struct Sight {
    heard: Timestamp,
    /// The number of the control channel that is open.
    channel: Option<u64>,
}

/// A node's control channel, open until this is dropped.
#[derive(Debug)]
pub struct ControlChannel {
    presence: Arc<Presence>,
    node: NodeId,
    number: u64,
}

impl Presence {
    /// How old a written ping may get before a newer one is written.
    const WRITE_EVERY: Duration = Duration::from_secs(60);

    /// Notes a sign of life of a proven node.
    pub fn heard(&self, node: &NodeId, now: Timestamp) {
        let mut seen = self.lock();
        match seen.nodes.get_mut(node) {
            Some(sight) => sight.heard = sight.heard.max(now),
            None => {
                let sight = Sight {
                    heard: now,
                    channel: None,
                };
                seen.nodes.insert(node.clone(), sight);
            }
        }
    }

    /// Notes that a node has opened a control channel, which takes the place of any other it had.
    pub fn connect(self: &Arc<Presence>, node: &NodeId, now: Timestamp) -> ControlChannel {
        self.heard(node, now);
        let mut seen = self.lock();
        seen.channels += 1;
        let number = seen.channels;
        if let Some(sight) = seen.nodes.get_mut(node) {
            sight.channel = Some(number);
        }
        drop(seen);
        ControlChannel {
            presence: Arc::clone(self),
            node: node.clone(),
            number,
        }
    }

    /// Whether a node holds a control channel open.
    pub fn is_connected(&self, node: &NodeId) -> bool {
        let seen = self.lock();
        seen.nodes.get(node).is_some_and(|sight| sight.channel.is_some())
    }

    /// When a node was last heard of since the server started.
    pub fn last_heard(&self, node: &NodeId) -> Option<Timestamp> {
        self.lock().nodes.get(node).map(|sight| sight.heard)
    }

    /// The transactions that write when nodes were last heard of, as far as that is not written yet.
    /// What has been deregistered is forgotten.
    pub fn to_write(&self, state: &State) -> Vec<Txn> {
        let sights: Vec<_> = {
            let seen = self.lock();
            seen.nodes
                .iter()
                .map(|(id, sight)| (id.clone(), *sight))
                .collect()
        };
        let writes = sights.into_iter().filter_map(|(id, sight)| {
            let Some((scope, node)) = state.node_anywhere(&id) else {
                self.forget(&id);
                return None;
            };
            let due = |written: Timestamp| written.plus(Self::WRITE_EVERY) <= sight.heard;
            let due = node.last_ping.is_none_or(due);
            due.then(|| pinged(keys::node(scope, &id), node, sight.heard))
        });
        writes.collect()
    }

    fn forget(&self, node: &NodeId) {
        let mut seen = self.lock();
        if seen.nodes.get(node).is_some_and(|sight| sight.channel.is_none()) {
            seen.nodes.remove(node);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        // Nothing in here panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pinged(key: kagiban_store::Key, node: &Stored<Node>, heard: Timestamp) -> Txn {
    let new = Node {
        last_ping: Some(heard),
        ..Node::clone(node)
    };
    let mut txn = Txn::new();
    txn.unchanged(key.clone(), Some(node.revision)).put(key, &new);
    txn
}

impl ControlChannel {
    /// Whose channel it is.
    pub fn node(&self) -> &NodeId {
        &self.node
    }

    /// Whether the node has not opened another one since.
    pub fn is_current(&self) -> bool {
        let seen = self.presence.lock();
        let sight = seen.nodes.get(&self.node);
        sight.is_some_and(|sight| sight.channel == Some(self.number))
    }
}

impl Drop for ControlChannel {
    fn drop(&mut self) {
        let mut seen = self.presence.lock();
        if let Some(sight) = seen.nodes.get_mut(&self.node)
            && sight.channel == Some(self.number)
        {
            sight.channel = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(1_000_000);

    fn node() -> NodeId {
        NodeId::parse("mi-0123456789abcdef0").unwrap()
    }

    #[test]
    fn a_node_is_connected_until_its_channel_is_dropped() {
        let presence = Arc::new(Presence::default());
        assert!(!presence.is_connected(&node()));
        let channel = presence.connect(&node(), AT);
        assert!(presence.is_connected(&node()) && channel.is_current());
        drop(channel);
        assert!(!presence.is_connected(&node()));
        assert_eq!(presence.last_heard(&node()), Some(AT));
    }

    #[test]
    fn the_end_of_an_older_channel_does_not_end_a_newer_one() {
        let presence = Arc::new(Presence::default());
        let older = presence.connect(&node(), AT);
        let newer = presence.connect(&node(), AT);
        assert!(!older.is_current() && newer.is_current());
        drop(older);
        assert!(presence.is_connected(&node()));
    }

    #[test]
    fn a_heartbeat_is_no_connection_and_an_older_one_is_no_news() {
        let presence = Presence::default();
        presence.heard(&node(), AT);
        presence.heard(&node(), Timestamp::from_seconds(1));
        assert!(!presence.is_connected(&node()));
        assert_eq!(presence.last_heard(&node()), Some(AT));
    }

    #[test]
    fn what_is_not_registered_is_forgotten_on_the_next_writing() {
        let presence = Presence::default();
        presence.heard(&node(), AT);
        assert!(presence.to_write(&State::default()).is_empty());
        assert_eq!(presence.last_heard(&node()), None);
    }
}
