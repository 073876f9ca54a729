//! `ssm:DeleteInventory`: forget what nodes have told of a type that somebody has made up.

use std::collections::BTreeMap;

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::inventory::{InventoryError, TypeName};
use crate::nodes::Nodes;
use crate::records::keys;
use crate::{ParameterError, View, access, wire};

/// How many nodes' entries are forgotten at once.
const AT_ONCE: usize = 60;

/// Which type.
#[derive(Clone, Debug)]
pub struct DeleteInventory {
    kind: TypeName,
    is_dry: bool,
}

impl Operation for DeleteInventory {
    const ACTION: &'static str = "ssm:DeleteInventory";
    type Wire = wire::DeleteInventoryRequest;
    type Output = wire::DeleteInventoryResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    // DIFFERS: a type is not remembered once nothing is known of it, so there is no schema to be disabled or
    // deleted, and a node may tell of the type again.
    fn parse(wire: wire::DeleteInventoryRequest) -> Result<DeleteInventory, ParameterError> {
        let kind = TypeName::parse(&wire.type_name.unwrap_or_default())?;
        if !kind.is_custom() {
            return Err(InventoryError::NotCustom(kind.as_str().to_owned()).into());
        }
        Ok(DeleteInventory {
            kind,
            is_dry: wire.dry_run == Some(true),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_all(Self::ACTION, call)])
    }

    /// It looks for the type at every node.
    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        true
    }

    // DIFFERS: AWS deletes in the background. Here it is done when the answer comes, of sixty nodes at most:
    // RemainingCount says what is left for another call.
    fn decide(
        request: Authorized<DeleteInventory>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::DeleteInventoryResult>, ParameterError> {
        let kind = request.kind.as_str();
        let told = view.ssm.nodes(call.scope).into_iter();
        let told: Vec<_> = told
            .flat_map(|nodes| Nodes::inventory_of_all(nodes, kind))
            .collect();
        let most = if request.is_dry { 0 } else { AT_ONCE };
        let mut versions: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
        let mut txn = Txn::new();
        for (place, (id, inventory)) in told.iter().enumerate() {
            let [all, left] = versions.entry(&inventory.schema_version).or_default();
            *all += 1;
            match place < most {
                true => {
                    let key = keys::inventory(call.scope, id, kind);
                    txn.unchanged(key.clone(), Some(inventory.revision)).delete(key);
                }
                false => *left += 1,
            }
        }
        Ok(Decision::write(
            txn,
            wire::DeleteInventoryResult {
                deletion_id: Some(with.entropy.uuid()),
                type_name: Some(kind.to_owned()),
                deletion_summary: Some(summary(&versions)),
            },
        ))
    }
}

/// By version how many there were, and how many are left.
fn summary(versions: &BTreeMap<&str, [usize; 2]>) -> wire::InventoryDeletionSummary {
    let count = |count: usize| Some(i32::try_from(count).unwrap_or(i32::MAX));
    let sum = |place: usize| count(versions.values().map(|counts| counts[place]).sum());
    let items = versions
        .iter()
        .map(|(version, [all, left])| wire::InventoryDeletionSummaryItem {
            version: Some((*version).to_owned()),
            count: count(*all),
            remaining_count: count(*left),
        });
    wire::InventoryDeletionSummary {
        total_count: sum(0),
        remaining_count: sum(1),
        summary_items: Some(items.collect()),
    }
}
