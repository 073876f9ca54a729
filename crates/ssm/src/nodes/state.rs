//! Activations and nodes in memory.

use imbl::OrdMap;
use kagiban_iam::{ByName, Scope, Stored};
use kagiban_store::{Error, Event, HashMap, Rev};

use super::NodeId;
use crate::State;
use crate::records::{Activation, Inventory, Node};

/// One account's nodes in one Region.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    activations: ByName<Activation>,
    nodes: OrdMap<NodeId, Stored<Node>>,
    /// By node, then type.
    inventory: OrdMap<(NodeId, Box<str>), Stored<Inventory>>,
}

/// Where activations and nodes are, by id: an agent that registers, or proves itself with its own key,
/// does not name the account.
pub type Homes = HashMap<Box<str>, Scope>;

impl Nodes {
    /// An activation, which may have ended.
    pub fn activation(&self, id: &str) -> Option<&Stored<Activation>> {
        self.activations.get(id)
    }

    /// All activations, by id.
    pub fn activations(&self) -> impl Iterator<Item = (&str, &Stored<Activation>)> {
        self.activations
            .iter()
            .map(|(id, activation)| (&**id, activation))
    }

    /// A node.
    pub fn node(&self, id: &NodeId) -> Option<&Stored<Node>> {
        self.nodes.get(id)
    }

    /// All nodes, by id.
    pub fn all(&self) -> impl Iterator<Item = (&NodeId, &Stored<Node>)> {
        self.nodes.iter()
    }

    /// What a node has told of one type.
    pub fn inventory(&self, id: &NodeId, kind: &str) -> Option<&Stored<Inventory>> {
        self.inventory.get(&(id.clone(), kind.into()))
    }

    /// Everything that a node has told, by type.
    pub fn inventories<'n>(
        &'n self,
        id: &'n NodeId,
    ) -> impl Iterator<Item = (&'n str, &'n Stored<Inventory>)> {
        self.inventory
            .range((id.clone(), Box::default())..)
            .take_while(move |((of, _), _)| of == id)
            .map(|((_, kind), inventory)| (&**kind, inventory))
    }
}

impl Nodes {
    /// The node that signs with a key, or is about to.
    pub(crate) fn with_key(&self, public_key: &[u8]) -> Option<(&NodeId, &Stored<Node>)> {
        self.all().find(|(_, node)| {
            *node.public_key == *public_key || node.next_public_key.as_deref() == Some(public_key)
        })
    }

    /// The revision of the newest change of a node: a transaction that holds only if no other has changed
    /// since then knows which keys are taken.
    pub(crate) fn newest(&self) -> Rev {
        let revisions = self.nodes.values().map(|node| node.revision);
        revisions.max().unwrap_or_default()
    }

    /// What nodes have told of types that people have made up, by type.
    pub(crate) fn custom_inventories(&self) -> impl Iterator<Item = (&str, &Stored<Inventory>)> {
        let all = self.inventory.iter();
        let custom = all.filter(|((_, kind), _)| kind.starts_with("Custom:"));
        custom.map(|((_, kind), inventory)| (&**kind, inventory))
    }

    /// What nodes have told of one type.
    pub(crate) fn inventory_of_all(&self, kind: &str) -> impl Iterator<Item = (&NodeId, &Stored<Inventory>)> {
        let all = self.inventory.iter();
        let of_kind = all.filter(move |((_, of), _)| **of == *kind);
        of_kind.map(|((id, _), inventory)| (id, inventory))
    }
}

impl State {
    /// An account's nodes in a Region; none before the first activation.
    pub fn nodes(&self, scope: Scope) -> Option<&Nodes> {
        self.nodes.get(&scope)
    }

    /// A node of an account in a Region.
    pub fn node(&self, scope: Scope, id: &NodeId) -> Option<&Stored<Node>> {
        self.nodes(scope)?.node(id)
    }

    /// A node by its id alone, with where it is.
    pub fn node_anywhere(&self, id: &NodeId) -> Option<(Scope, &Stored<Node>)> {
        let scope = *self.homes.get(id.as_str())?;
        Some((scope, self.node(scope, id)?))
    }

    /// An activation of an account in a Region.
    pub fn activation(&self, scope: Scope, id: &str) -> Option<&Stored<Activation>> {
        self.nodes(scope)?.activation(id)
    }

    /// An activation by its id alone, with where it is.
    pub fn activation_anywhere(&self, id: &str) -> Option<(Scope, &Stored<Activation>)> {
        let scope = *self.homes.get(id)?;
        Some((scope, self.activation(scope, id)?))
    }

    pub(crate) fn apply_activation(&mut self, scope: Scope, id: &str, event: &Event) -> Result<(), Error> {
        settle(&mut self.homes, scope, id, event);
        let nodes = self.nodes.entry(scope).or_default();
        kagiban_iam::apply(&mut nodes.activations, id.into(), event)
    }

    pub(crate) fn apply_node(&mut self, scope: Scope, id: &str, event: &Event) -> Result<(), Error> {
        let Some(node) = NodeId::parse(id) else {
            return Err(kagiban_iam::misplaced(event));
        };
        settle(&mut self.homes, scope, id, event);
        let nodes = self.nodes.entry(scope).or_default();
        kagiban_iam::apply(&mut nodes.nodes, node, event)
    }

    pub(crate) fn apply_inventory(
        &mut self,
        scope: Scope,
        [node, kind]: [&str; 2],
        event: &Event,
    ) -> Result<(), Error> {
        let Some(node) = NodeId::parse(node) else {
            return Err(kagiban_iam::misplaced(event));
        };
        let nodes = self.nodes.entry(scope).or_default();
        kagiban_iam::apply(&mut nodes.inventory, (node, kind.into()), event)
    }
}

fn settle(homes: &mut Homes, scope: Scope, id: &str, event: &Event) {
    match event.value {
        Some(_) => homes.insert(id.into(), scope),
        None => homes.remove(id),
    };
}
