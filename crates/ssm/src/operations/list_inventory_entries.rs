//! `ssm:ListInventoryEntries`: what a node has told of one type.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::inventory::{Filters, TypeName, told};
use crate::nodes::information::Seen;
use crate::nodes::paging::Page;
use crate::{ParameterError, View, access, wire};

/// Which entries of which node.
#[derive(Clone, Debug)]
pub struct ListInventoryEntries {
    id: String,
    kind: TypeName,
    filters: Filters,
    page: Page,
}

impl Operation for ListInventoryEntries {
    const ACTION: &'static str = "ssm:ListInventoryEntries";
    type Wire = wire::ListInventoryEntriesRequest;
    type Output = wire::ListInventoryEntriesResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListInventoryEntriesRequest) -> Result<ListInventoryEntries, ParameterError> {
        let id = wire.instance_id.unwrap_or_default();
        let kind = TypeName::parse(&wire.type_name.unwrap_or_default())?;
        let filters = Filters::parse(wire.filters, Some(&kind))?;
        let bound = format!("{id}|{}", filters.text);
        Ok(ListInventoryEntries {
            id,
            kind,
            filters,
            page: Page::new(wire.max_results, 50, wire.next_token, bound),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_all(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<ListInventoryEntries>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ListInventoryEntriesResult>, ParameterError> {
        let (id, node) = view.existing_node(&request.id, call)?;
        let nodes = view.ssm.nodes(call.scope).ok_or(ParameterError::Internal)?;
        let seen = Seen::of(&id, node, view.presence, with.now);
        let mut output = wire::ListInventoryEntriesResult {
            type_name: Some(request.kind.as_str().to_owned()),
            instance_id: Some(id.to_string()),
            entries: Some(Vec::new()),
            ..Default::default()
        };
        let Some(told) = told(&request.kind, &seen, nodes) else {
            return Ok(Decision::read(output));
        };
        let places: Vec<String> = (0..told.content.len())
            .map(|place| format!("{place:06}"))
            .collect();
        let entries = places.iter().map(String::as_str).zip(told.content.iter());
        let wanted = entries.filter(|(_, entry)| request.filters.accept_entry(entry));
        let (entries, next_token) = request.page.cut(Self::ACTION, wanted, (call, view, with))?;
        output.entries = Some(entries.into_iter().cloned().collect());
        output.next_token = next_token;
        output.schema_version = Some(told.schema_version.to_owned());
        output.capture_time = Some(told.capture_time.into_owned());
        Ok(Decision::read(output))
    }
}
