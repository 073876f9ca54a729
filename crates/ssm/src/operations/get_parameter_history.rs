//! `ssm:GetParameterHistory`: list a parameter's versions, oldest first.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Key;

use crate::page::Listing;
use crate::reading::Reader;
use crate::records::keys;
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
        let parameter = view.parameter(call.scope, name);
        let has_older = parameter.is_some_and(|parameter| parameter.current.number > 1);
        has_older
            .then(|| keys::versions(call.scope, name))
            .into_iter()
            .collect()
    }

    fn decide(
        request: Authorized<GetParameterHistory>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GetParameterHistoryResult>, ParameterError> {
        let GetParameterHistory {
            reference,
            decrypt,
            most,
            token,
        } = request.into_inner();
        let parameter = view
            .parameter(call.scope, &reference.name)
            .filter(|_| reference.is_in(call.scope));
        let parameter = parameter.ok_or_else(|| ParameterError::NotFound(reference.asked.clone()))?;
        let listing = Listing {
            action: Self::ACTION,
            scope: call.scope,
            filters: reference.name.canonical(),
        };
        let from = match token {
            Some(token) => view
                .pages
                .open(listing, &token, with.now)?
                .parse()
                .map_err(|_| ParameterError::Internal)?,
            None => 1,
        };
        let first = parameter.oldest().max(from);
        let last = parameter.current.number.min(first + most - 1);

        let reader = Reader {
            call,
            view,
            with,
            decrypt,
        };
        let mut parameters = Vec::new();
        for number in first..=last {
            match reader.version(parameter, number) {
                Ok(version) => parameters.push(reader.history(parameter, &version)?),
                Err(ParameterError::NoSuchVersion { .. }) => {} // gone since the view was taken
                Err(error) => return Err(error),
            }
        }
        let next = (last < parameter.current.number).then(|| (last + 1).to_string());
        let next_token = next.map(|place| view.pages.seal(listing, &place, with.now, with.entropy));
        Ok(Decision::read(wire::GetParameterHistoryResult {
            parameters: Some(parameters),
            next_token,
        }))
    }
}
