//! `ssm:DescribeActivations`: list activations, ended ones too; never their codes.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::nodes::paging::Page;
use crate::nodes::{NodeError, Nodes};
use crate::records::{Activation, Rights};
use crate::wire::describe_activations_filter_keys as filter_keys;
use crate::{ParameterError, View, access, wire};

/// Which activations.
#[derive(Clone, Debug)]
pub struct DescribeActivations {
    filters: Vec<(Key, Vec<String>)>,
    page: Page,
}

#[derive(Clone, Copy, Debug)]
enum Key {
    Ids,
    DefaultInstanceName,
    IamRole,
}

impl Operation for DescribeActivations {
    const ACTION: &'static str = "ssm:DescribeActivations";
    type Wire = wire::DescribeActivationsRequest;
    type Output = wire::DescribeActivationsResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DescribeActivationsRequest) -> Result<DescribeActivations, ParameterError> {
        let text = format!("{:?}", wire.filters);
        let filters = wire.filters.unwrap_or_default().into_iter();
        Ok(DescribeActivations {
            filters: filters.map(filter).collect::<Result<_, _>>()?,
            page: Page::new(wire.max_results, 50, wire.next_token, text),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_all(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<DescribeActivations>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::DescribeActivationsResult>, ParameterError> {
        let all = view.ssm.nodes(call.scope).into_iter();
        let wanted = all
            .flat_map(Nodes::activations)
            .filter(|(id, activation)| request.wants(id, activation))
            .map(|(id, activation)| (id, activation.printed(id, with.now)));
        let (activation_list, next_token) = request.page.cut(Self::ACTION, wanted, (call, view, with))?;
        Ok(Decision::read(wire::DescribeActivationsResult {
            activation_list: Some(activation_list),
            next_token,
        }))
    }
}

/// Reads a filter, whose key the wire has held against its set.
fn filter(wire: wire::DescribeActivationsFilter) -> Result<(Key, Vec<String>), NodeError> {
    let key = match wire.filter_key.as_deref() {
        Some(filter_keys::ACTIVATION_IDS) => Key::Ids,
        Some(filter_keys::DEFAULT_INSTANCE_NAME) => Key::DefaultInstanceName,
        Some(filter_keys::IAM_ROLE) => Key::IamRole,
        _ => return Err(NodeError::InvalidFilter),
    };
    Ok((key, wire.filter_values.unwrap_or_default()))
}

impl DescribeActivations {
    fn wants(&self, id: &str, activation: &Activation) -> bool {
        self.filters.iter().all(|(key, values)| {
            let text = match (key, &activation.rights) {
                (Key::Ids, _) => Some(id),
                (Key::DefaultInstanceName, _) => activation.default_instance_name.as_deref(),
                (Key::IamRole, Rights::Role(role)) => Some(&**role),
                (Key::IamRole, Rights::InstanceProfile(_)) => None,
            };
            text.is_some_and(|text| values.iter().any(|value| value == text))
        })
    }
}
