//! `kagiban:ListDeletedParameters`: list what can be brought back.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use super::wire;
use crate::deleted::Deleted;
use crate::page::Listing;
use crate::path::ParameterPath;
use crate::{ParameterError, View, access};

const MAX_RESULTS: i32 = 50;

/// Below which path to look.
#[derive(Clone, Debug)]
pub struct ListDeletedParameters {
    path: ParameterPath,
    most: usize,
    token: Option<String>,
}

impl Operation for ListDeletedParameters {
    const ACTION: &'static str = "kagiban:ListDeletedParameters";
    type Wire = wire::ListDeletedParametersRequest;
    type Output = wire::ListDeletedParametersResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListDeletedParametersRequest) -> Result<ListDeletedParameters, ParameterError> {
        Ok(ListDeletedParameters {
            path: ParameterPath::parse(wire.path.as_deref().unwrap_or("/"))?,
            most: usize::try_from(wire.max_results.unwrap_or(MAX_RESULTS)).unwrap_or_default(),
            token: wire.next_token,
        })
    }

    /// It tells what DescribeParameters told while the parameters were there.
    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_all("ssm:DescribeParameters", call)])
    }

    fn decide(
        request: Authorized<ListDeletedParameters>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ListDeletedParametersResponse>, ParameterError> {
        let listing = Listing {
            action: Self::ACTION,
            scope: call.scope,
            filters: request.path.as_str(),
        };
        let from = match &request.token {
            Some(token) => view.pages.open(listing, token, with.now)?,
            None => String::new(),
        };
        let below = request.path.span(true);
        let parameters = view.ssm.parameters(call.scope);
        let mut found = parameters
            .into_iter()
            .flat_map(|parameters| parameters.deleted_below(&below, &from));
        let page = found
            .by_ref()
            .take(request.most)
            .map(|(_, deleted)| printed(deleted));
        let parameters = Some(page.collect());
        let next = found.next().map(|(name, _)| name);
        Ok(Decision::read(wire::ListDeletedParametersResponse {
            parameters,
            next_token: next.map(|place| view.pages.seal(listing, place, with.now, with.entropy)),
        }))
    }
}

fn printed(deleted: &Deleted) -> wire::DeletedParameter {
    wire::DeletedParameter {
        name: Some(deleted.name.to_string()),
        r#type: Some(deleted.kind.as_str().to_owned()),
        version: Some(deleted.number),
        tier: Some(deleted.tier.as_str().to_owned()),
        deleted_date: Some(deleted.deleted),
        deleted_by: Some(deleted.deleted_by.to_string()),
        purge_date: Some(deleted.purge),
    }
}
