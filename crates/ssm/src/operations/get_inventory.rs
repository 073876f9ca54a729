//! `ssm:GetInventory`: nodes, by what is known of them.

use std::collections::BTreeMap;

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::inventory::{Filters, InventoryError, Kind, TypeName, told};
use crate::nodes::Nodes;
use crate::nodes::information::Seen;
use crate::nodes::paging::Page;
use crate::{ParameterError, View, access, wire};

/// Which nodes, and what of them.
#[derive(Clone, Debug)]
pub struct GetInventory {
    filters: Filters,
    /// What is told of each node.
    kinds: Vec<TypeName>,
    page: Page,
}

impl Operation for GetInventory {
    const ACTION: &'static str = "ssm:GetInventory";
    type Wire = wire::GetInventoryRequest;
    type Output = wire::GetInventoryResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    // DIFFERS: aggregators are refused, so that nobody takes a list of nodes for a count of them.
    fn parse(wire: wire::GetInventoryRequest) -> Result<GetInventory, ParameterError> {
        if wire
            .aggregators
            .is_some_and(|aggregators| !aggregators.is_empty())
        {
            return Err(InventoryError::Aggregators.into());
        }
        let filters = Filters::parse(wire.filters, None)?;
        let mut kinds = vec![TypeName::parse(Kind::INSTANCE_INFORMATION)?];
        for attribute in wire.result_attributes.unwrap_or_default() {
            kinds.push(TypeName::parse(&attribute.type_name.unwrap_or_default())?);
        }
        let bound = format!("{}{kinds:?}", filters.text);
        Ok(GetInventory {
            filters,
            kinds,
            page: Page::new(wire.max_results, 50, wire.next_token, bound),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_all(Self::ACTION, call)])
    }

    /// Many nodes may have told of many things.
    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        !self.filters.is_empty()
    }

    fn decide(
        request: Authorized<GetInventory>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GetInventoryResult>, ParameterError> {
        let Some(nodes) = view.ssm.nodes(call.scope) else {
            return Ok(Decision::read(wire::GetInventoryResult {
                entities: Some(Vec::new()),
                next_token: None,
            }));
        };
        let wanted = nodes
            .all()
            .map(|(id, node)| Seen::of(id, node, view.presence, with.now))
            .filter(|seen| {
                let content = |kind: &TypeName| Some(told(kind, seen, nodes)?.content);
                request.filters.accept(content)
            })
            .map(|seen| (seen.id.as_str(), seen));
        let (page, next_token) = request.page.cut(Self::ACTION, wanted, (call, view, with))?;
        let entities = page.iter().map(|seen| request.entity(seen, nodes));
        Ok(Decision::read(wire::GetInventoryResult {
            entities: Some(entities.collect()),
            next_token,
        }))
    }
}

impl GetInventory {
    fn entity(&self, seen: &Seen<'_>, nodes: &Nodes) -> wire::InventoryResultEntity {
        let data = self.kinds.iter().filter_map(|kind| {
            let told = told(kind, seen, nodes)?;
            Some((kind.as_str().to_owned(), told.printed(kind)))
        });
        wire::InventoryResultEntity {
            id: Some(seen.id.to_string()),
            data: Some(data.collect::<BTreeMap<_, _>>()),
        }
    }
}
