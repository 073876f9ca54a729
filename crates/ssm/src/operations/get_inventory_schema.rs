//! `ssm:GetInventorySchema`: which types of inventory there are, and what their entries say.

use std::collections::{BTreeMap, BTreeSet};

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::inventory::{KINDS, schema};
use crate::nodes::Nodes;
use crate::nodes::paging::Page;
use crate::{ParameterError, View, access, wire};

/// Attributes of a type that somebody has made up are counted up to here, as the model has it.
const MOST_ATTRIBUTES: usize = 50;

/// Which types.
#[derive(Clone, Debug)]
pub struct GetInventorySchema {
    /// What their names begin with.
    prefix: String,
    /// None have sub-types, and nothing can be aggregated.
    nothing: bool,
    page: Page,
}

impl Operation for GetInventorySchema {
    const ACTION: &'static str = "ssm:GetInventorySchema";
    type Wire = wire::GetInventorySchemaRequest;
    type Output = wire::GetInventorySchemaResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetInventorySchemaRequest) -> Result<GetInventorySchema, ParameterError> {
        let prefix = wire.type_name.unwrap_or_default();
        Ok(GetInventorySchema {
            page: Page::new(wire.max_results, 200, wire.next_token, prefix.clone()),
            prefix,
            nothing: wire.sub_type == Some(true) || wire.aggregator == Some(true),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_all(Self::ACTION, call)])
    }

    /// It looks at everything that nodes have told of types of people's own.
    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        true
    }

    fn decide(
        request: Authorized<GetInventorySchema>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GetInventorySchemaResult>, ParameterError> {
        let known = KINDS.iter().map(|kind| (kind.name, kind.schema()));
        let custom = view.ssm.nodes(call.scope).map(custom).unwrap_or_default();
        let custom = custom.iter().map(|(name, custom)| (*name, custom.schema(name)));
        let wanted = known
            .chain(custom)
            .filter(|(name, _)| !request.nothing && name.starts_with(&request.prefix));
        let (schemas, next_token) = request.page.cut(Self::ACTION, wanted, (call, view, with))?;
        Ok(Decision::read(wire::GetInventorySchemaResult {
            schemas: Some(schemas),
            next_token,
        }))
    }
}

/// What is known of a type that somebody has made up: what its entries say.
#[derive(Debug, Default)]
struct Custom<'n> {
    version: &'n str,
    attributes: BTreeSet<&'n str>,
}

impl Custom<'_> {
    fn schema(&self, name: &str) -> wire::InventoryItemSchema {
        schema(name, self.version, self.attributes.iter().copied())
    }
}

fn custom(nodes: &Nodes) -> BTreeMap<&str, Custom<'_>> {
    let mut types: BTreeMap<&str, Custom<'_>> = BTreeMap::new();
    for (name, inventory) in nodes.custom_inventories() {
        let custom = types.entry(name).or_default();
        custom.version = custom.version.max(&inventory.schema_version);
        for name in inventory.content.iter().flat_map(|entry| entry.keys()) {
            if custom.attributes.len() >= MOST_ATTRIBUTES {
                break;
            }
            custom.attributes.insert(name);
        }
    }
    types
}
