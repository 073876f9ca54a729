//! `ssm:DescribeParameters`: list parameters without their values.

use kagiban_aws::Arn;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, Scope, With};

use crate::filter::{Filters, Of};
use crate::listing::{self, Found};
use crate::page::Listing;
use crate::records::Parameter;
use crate::{ParameterError, ParameterName, View, access, reading, wire};

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
        let listed = format!("{}|{}", request.shared, request.filters.text);
        let listing = Listing {
            action: Self::ACTION,
            scope: call.scope,
            filters: &listed,
        };
        let from = match &request.token {
            Some(token) => view.pages.open(listing, token, with.now)?,
            None => String::new(),
        };
        if request.shared {
            return Ok(Decision::read(request.shared(&from, listing, call, view, with)));
        }
        let all = match request.filters.only_public() {
            true => Some(view.public.all()),
            false => view.ssm.parameters(call.scope),
        };
        let page = match all {
            Some(parameters) => {
                let accept = |name: &str, parameter: &Parameter| {
                    !parameter.has_expired(with.now) && request.filters.accept(name, parameter)
                };
                listing::walk(parameters, &request.filters.spans(), &from, request.most, accept)
            }
            None => Found::default(),
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

impl DescribeParameters {
    /// What other accounts share with the caller, in the order of the ARNs, by which it is called.
    fn shared(
        &self,
        from: &str,
        listing: Listing<'_>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> wire::DescribeParametersResult {
        let mut found: Vec<(Arn, ParameterName, Scope)> = view
            .ssm
            .shared(call.scope.region)
            .filter(|(home, _)| home.account != call.scope.account)
            .map(|(home, name)| {
                let name = ParameterName::stored(name);
                (name.arn(home), name, home)
            })
            .filter(|(arn, ..)| arn.as_str() >= from)
            .collect();
        found.sort_unstable_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
        let mut described = found.into_iter().filter_map(|(arn, name, home)| {
            let parameter = view.parameter(home, &name, with.now)?;
            let accepted = self.filters.accept(name.canonical(), parameter);
            let requirement = access::at_home(Self::ACTION, &name, home, call, view);
            let allowed = accepted && kagiban_iam::allowed(&requirement, call, view.iam).is_ok();
            allowed.then(|| wire::ParameterMetadata {
                name: Some(arn.to_string()),
                ..reading::metadata(parameter, home)
            })
        });
        let parameters: Vec<_> = described.by_ref().take(self.most).collect();
        let next = described.next().and_then(|next| next.arn);
        wire::DescribeParametersResult {
            parameters: Some(parameters),
            next_token: next.map(|place| view.pages.seal(listing, &place, with.now, with.entropy)),
        }
    }
}
