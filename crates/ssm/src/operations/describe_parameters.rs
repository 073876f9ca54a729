//! `ssm:DescribeParameters`: list parameters without their values.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::filter::{Filters, Of};
use crate::listing::{self, Found};
use crate::page::Listing;
use crate::records::Parameter;
use crate::{ParameterError, View, access, reading, wire};

// UNSURE: AWS documents no default; peers answer ten.
const DEFAULT_RESULTS: i32 = 10;

/// Which parameters to list.
#[derive(Clone, Debug)]
pub struct DescribeParameters {
    filters: Filters,
    most: usize,
    token: Option<String>,
    shared: bool,
}

impl Operation for DescribeParameters {
    const ACTION: &'static str = "ssm:DescribeParameters";
    type Wire = wire::DescribeParametersRequest;
    type Output = wire::DescribeParametersResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DescribeParametersRequest) -> Result<DescribeParameters, ParameterError> {
        let filters = match (wire.filters, wire.parameter_filters) {
            (Some(old), Some(new)) if !old.is_empty() && !new.is_empty() => {
                let both = "You can use either Filters or ParameterFilters in a single request.";
                return Err(ParameterError::Validation(both.to_owned()));
            }
            (Some(old), _) if !old.is_empty() => Filters::parse_old(Some(old)),
            (_, new) => Filters::parse(new, Of::Describe)?,
        };
        Ok(DescribeParameters {
            filters,
            most: usize::try_from(wire.max_results.unwrap_or(DEFAULT_RESULTS)).unwrap_or_default(),
            token: wire.next_token,
            shared: wire.shared.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_all(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<DescribeParameters>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::DescribeParametersResult>, ParameterError> {
        let listing = Listing {
            action: Self::ACTION,
            scope: call.scope,
            filters: &request.filters.text,
        };
        let from = match &request.token {
            Some(token) => view.pages.open(listing, token, with.now)?,
            None => String::new(),
        };
        let page = match view.ssm.parameters(call.scope) {
            // Nothing is shared with anyone until resource policies are built.
            Some(parameters) if !request.shared => {
                let accept = |name: &str, parameter: &Parameter| {
                    !parameter.has_expired(with.now) && request.filters.accept(name, parameter)
                };
                listing::walk(parameters, &request.filters.spans(), &from, request.most, accept)
            }
            _ => Found::default(),
        };
        let described = page
            .parameters
            .into_iter()
            .map(|parameter| reading::metadata(parameter, call.scope));
        Ok(Decision::read(wire::DescribeParametersResult {
            parameters: Some(described.collect()),
            next_token: page
                .next
                .map(|place| view.pages.seal(listing, &place, with.now, with.entropy)),
        }))
    }
}
