//! `ssm:DescribeInstanceInformation`: list managed nodes, and whether they are there.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::nodes::information::Seen;
use crate::nodes::paging::Page;
use crate::nodes::{NodeFilters, Nodes};
use crate::{ParameterError, View, access, wire};

/// Which nodes.
#[derive(Clone, Debug)]
pub struct DescribeInstanceInformation {
    filters: NodeFilters,
    page: Page,
}

impl Operation for DescribeInstanceInformation {
    const ACTION: &'static str = "ssm:DescribeInstanceInformation";
    type Wire = wire::DescribeInstanceInformationRequest;
    type Output = wire::DescribeInstanceInformationResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::DescribeInstanceInformationRequest,
    ) -> Result<DescribeInstanceInformation, ParameterError> {
        let text = format!("{:?}{:?}", wire.filters, wire.instance_information_filter_list);
        let older = wire.instance_information_filter_list.unwrap_or_default();
        let newer = wire.filters.unwrap_or_default();
        if !older.is_empty() && !newer.is_empty() {
            // UNSURE: AWS's sentence has not been seen.
            let both = "Use either Filters or InstanceInformationFilterList, not both.";
            return Err(ParameterError::Validation(both.to_owned()));
        }
        let older = older
            .into_iter()
            .map(|filter| (filter.key, filter.value_set, None));
        let newer = newer.into_iter().map(|filter| (filter.key, filter.values, None));
        Ok(DescribeInstanceInformation {
            filters: NodeFilters::parse(older.chain(newer))?,
            page: Page::new(wire.max_results, 50, wire.next_token, text),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_all(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<DescribeInstanceInformation>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::DescribeInstanceInformationResult>, ParameterError> {
        let all = view.ssm.nodes(call.scope).into_iter();
        let wanted = all
            .flat_map(Nodes::all)
            .map(|(id, node)| Seen::of(id, node, view.presence, with.now))
            .filter(|seen| request.filters.want(seen))
            .map(|seen| (seen.id.as_str(), seen.information()));
        let (list, next_token) = request.page.cut(Self::ACTION, wanted, (call, view, with))?;
        Ok(Decision::read(wire::DescribeInstanceInformationResult {
            instance_information_list: Some(list),
            next_token,
        }))
    }
}
