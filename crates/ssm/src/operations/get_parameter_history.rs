//! `ssm:GetParameterHistory`: list a parameter's versions, oldest first.

use std::ops::RangeInclusive;

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Key;

use crate::page::Listing;
use crate::reading::Reader;
use crate::records::{Parameter, keys};
use crate::reference::ParameterRef;
use crate::{InvalidName, ParameterError, View, access, wire};

const MAX_RESULTS: i32 = 50;

/// Whose versions to list.
#[derive(Clone, Debug)]
pub struct GetParameterHistory {
    reference: ParameterRef,
    decrypt: bool,
    most: i64,
    token: Option<String>,
}

impl Operation for GetParameterHistory {
    const ACTION: &'static str = "ssm:GetParameterHistory";
    type Wire = wire::GetParameterHistoryRequest;
    type Output = wire::GetParameterHistoryResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetParameterHistoryRequest) -> Result<GetParameterHistory, ParameterError> {
        let reference = ParameterRef::parse(&wire.name.unwrap_or_default())?;
        if reference.selector.is_some() {
            return Err(InvalidName::Malformed.into());
        }
        Ok(GetParameterHistory {
            reference,
            decrypt: wire.with_decryption.unwrap_or(false),
            most: wire.max_results.unwrap_or(MAX_RESULTS).into(),
            token: wire.next_token,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_reference(
            Self::ACTION,
            &self.reference,
            call,
            view,
        )])
    }

    fn cold(&self, call: &Call<'_>, view: &View<'_>) -> Vec<Key> {
        let name = &self.reference.name;
        let older = || {
            let home = self.reference.home(call.scope)?;
            let parameter = view.parameter(home, name, call.facts.now)?;
            (parameter.current.number > 1).then(|| keys::versions(home, name, parameter.life))
        };
        older().into_iter().collect()
    }

    fn decide(
        request: Authorized<GetParameterHistory>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GetParameterHistoryResult>, ParameterError> {
        let reader = Reader {
            call,
            view,
            with,
            decrypt: request.decrypt,
            home: call.scope,
        };
        let (reader, parameter) = reader
            .held(&request.reference)
            .ok_or_else(|| ParameterError::NotFound(request.reference.asked.clone()))?;
        let listing = Listing {
            action: Self::ACTION,
            scope: reader.home,
            filters: request.reference.name.canonical(),
        };
        let page = request.page(parameter, listing, view, with)?;
        let next = (*page.end() < parameter.current.number).then(|| (page.end() + 1).to_string());
        Ok(Decision::read(wire::GetParameterHistoryResult {
            parameters: Some(read(&reader, parameter, page)?),
            next_token: next.map(|place| view.pages.seal(listing, &place, with.now, with.entropy)),
        }))
    }
}

impl GetParameterHistory {
    /// The numbers of the page's versions.
    fn page(
        &self,
        parameter: &Parameter,
        listing: Listing<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<RangeInclusive<i64>, ParameterError> {
        let from = match &self.token {
            Some(token) => view.pages.open(listing, token, with.now)?,
            None => "1".to_owned(),
        };
        let from = from.parse().map_err(|_| ParameterError::Internal)?;
        let first = parameter.oldest().max(from);
        Ok(first..=parameter.current.number.min(first + self.most - 1))
    }
}

fn read(
    reader: &Reader<'_>,
    parameter: &Parameter,
    page: RangeInclusive<i64>,
) -> Result<Vec<wire::ParameterHistory>, ParameterError> {
    let mut versions = Vec::new();
    for number in page {
        match reader.version(parameter, number) {
            Ok(version) => versions.push(reader.history(parameter, &version)?),
            Err(ParameterError::NoSuchVersion { .. }) => {} // gone since the view was taken
            Err(error) => return Err(error),
        }
    }
    Ok(versions)
}
