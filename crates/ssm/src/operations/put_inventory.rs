//! `ssm:PutInventory`: replace what is known of a node, type by type.

use std::collections::BTreeSet;

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::inventory::{InventoryError, Item, Size, TypeName};
use crate::nodes::{NodeError, NodeId, Nodes};
use crate::records::{Inventory, keys};
use crate::{ParameterError, View, access, wire};

/// How many types of their own people may make up in an account and Region.
// Source: AWS's quotas of Inventory.
const CUSTOM_TYPES: usize = 20;

/// What is told of which node.
#[derive(Clone, Debug)]
pub struct PutInventory {
    id: String,
    items: Vec<Item>,
}

impl Operation for PutInventory {
    const ACTION: &'static str = "ssm:PutInventory";
    type Wire = wire::PutInventoryRequest;
    type Output = wire::PutInventoryResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::PutInventoryRequest) -> Result<PutInventory, ParameterError> {
        Ok(PutInventory {
            id: wire.instance_id.unwrap_or_default(),
            items: Item::parse_all(wire.items.unwrap_or_default())?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let kinds: Vec<String> = self
            .items
            .iter()
            .map(|item| item.kind.as_str().to_owned())
            .collect();
        let node = access::on_node(Self::ACTION, &self.id, call, view);
        Ok(vec![node.when("ssm:inventorytypename", kinds)])
    }

    fn decide(
        request: Authorized<PutInventory>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::PutInventoryResult>, ParameterError> {
        let PutInventory { id, items } = request.into_inner();
        let (id, _) = view.existing_node(&id, call)?;
        // DIFFERS: on AWS a node may tell of any other whose name it knows.
        let caller = call.caller.source_instance();
        if caller.is_some_and(|node| *node != id.arn(call.scope)) {
            return Err(NodeError::NotTheNode(Self::ACTION).into());
        }
        let nodes = view.ssm.nodes(call.scope).ok_or(ParameterError::Internal)?;
        few_custom_types(&items, nodes)?;
        Size::check(all_together(&items, &id, nodes))?;
        let mut txn = Txn::new();
        txn.exists(keys::node(call.scope, &id));
        for item in items {
            let key = keys::inventory(call.scope, &id, item.kind.as_str());
            match &item.content {
                Some(content) => txn.put(key, &item.record(content.clone())),
                None => {
                    let kept = unchanged(&item, &id, nodes)?;
                    let next = item.record(kept.content.clone());
                    txn.unchanged(key.clone(), Some(kept.revision)).put(key, &next)
                }
            };
        }
        Ok(Decision::write(txn, wire::PutInventoryResult::default()))
    }
}

/// What everything takes that will be known of the node: what it tells, and what it has told of the rest.
fn all_together<'n>(items: &'n [Item], id: &'n NodeId, nodes: &'n Nodes) -> impl Iterator<Item = Size> {
    let is_told = |kind: &str| {
        items
            .iter()
            .any(|item| item.content.is_some() && item.kind.as_str() == kind)
    };
    let kept = nodes.inventories(id).filter(move |(kind, _)| !is_told(kind));
    let told = items.iter().filter(|item| item.content.is_some());
    told.map(Item::size).chain(kept.map(|(_, kept)| kept.size()))
}

/// What is known already of a type of which a node says that nothing has changed.
fn unchanged<'n>(
    item: &Item,
    id: &NodeId,
    nodes: &'n Nodes,
) -> Result<&'n kagiban_iam::Stored<Inventory>, InventoryError> {
    let kept = nodes.inventory(id, item.kind.as_str());
    kept.filter(|kept| kept.content_hash == item.content_hash)
        .ok_or_else(|| InventoryError::ContentMismatch(item.kind.as_str().to_owned()))
}

fn few_custom_types(items: &[Item], nodes: &Nodes) -> Result<(), InventoryError> {
    let new = items
        .iter()
        .map(|item| &item.kind)
        .filter(|kind| kind.is_custom());
    let mut all: BTreeSet<&str> = new.map(TypeName::as_str).collect();
    if all.is_empty() {
        return Ok(());
    }
    all.extend(nodes.custom_inventories().map(|(kind, _)| kind));
    match all.len() > CUSTOM_TYPES {
        true => Err(InventoryError::TooManyCustomTypes),
        false => Ok(()),
    }
}
