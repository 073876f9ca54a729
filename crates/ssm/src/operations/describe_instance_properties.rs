//! `ssm:DescribeInstanceProperties`: list managed nodes as the console does, with more ways to compare.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::nodes::information::Seen;
use crate::nodes::paging::Page;
use crate::nodes::{NodeFilters, Nodes};
use crate::{ParameterError, View, access, wire};

/// Which nodes.
#[derive(Clone, Debug)]
pub struct DescribeInstanceProperties {
    filters: NodeFilters,
    page: Page,
}

impl Operation for DescribeInstanceProperties {
    const ACTION: &'static str = "ssm:DescribeInstanceProperties";
    type Wire = wire::DescribeInstancePropertiesRequest;
    type Output = wire::DescribeInstancePropertiesResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::DescribeInstancePropertiesRequest,
    ) -> Result<DescribeInstanceProperties, ParameterError> {
        let text = format!(
            "{:?}{:?}",
            wire.filters_with_operator, wire.instance_property_filter_list
        );
        let older = wire.instance_property_filter_list.unwrap_or_default().into_iter();
        let newer = wire.filters_with_operator.unwrap_or_default().into_iter();
        let older = older.map(|filter| (filter.key, filter.value_set, None));
        let newer = newer.map(|filter| (filter.key, filter.values, filter.operator));
        Ok(DescribeInstanceProperties {
            filters: NodeFilters::parse(older.chain(newer))?,
            page: Page::new(wire.max_results, 50, wire.next_token, text),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_all(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<DescribeInstanceProperties>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::DescribeInstancePropertiesResult>, ParameterError> {
        let all = view.ssm.nodes(call.scope).into_iter();
        let wanted = all
            .flat_map(Nodes::all)
            .map(|(id, node)| Seen::of(id, node, view.presence, with.now))
            .filter(|seen| request.filters.want(seen))
            .map(|seen| (seen.id.as_str(), properties(&seen)));
        let (list, next_token) = request.page.cut(Self::ACTION, wanted, (call, view, with))?;
        Ok(Decision::read(wire::DescribeInstancePropertiesResult {
            instance_properties: Some(list),
            next_token,
        }))
    }
}

/// What is known of a node; of EC2's own properties nothing is.
fn properties(seen: &Seen<'_>) -> wire::InstanceProperty {
    let known = seen.information();
    wire::InstanceProperty {
        name: known.name,
        instance_id: known.instance_id,
        ip_address: known.ip_address,
        ping_status: known.ping_status,
        last_ping_date_time: known.last_ping_date_time,
        agent_version: known.agent_version,
        platform_type: known.platform_type,
        platform_name: known.platform_name,
        platform_version: known.platform_version,
        activation_id: known.activation_id,
        iam_role: known.iam_role,
        registration_date: known.registration_date,
        resource_type: known.resource_type,
        computer_name: known.computer_name,
        source_id: known.source_id,
        source_type: known.source_type,
        ..wire::InstanceProperty::default()
    }
}
