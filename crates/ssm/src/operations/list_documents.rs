//! `ssm:ListDocuments`: the account's documents, AWS's, and those that others share.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::documents::{Described, DocumentFilters, Owner, Visible};
use crate::page::Listing;
use crate::{ParameterError, View, access, wire};

/// AWS's most, and what it gives if nobody says.
const DEFAULT_RESULTS: i32 = 50;

/// Which documents to list.
#[derive(Clone, Debug)]
pub struct ListDocuments {
    filters: DocumentFilters,
    most: usize,
    token: Option<String>,
}

impl Operation for ListDocuments {
    const ACTION: &'static str = "ssm:ListDocuments";
    type Wire = wire::ListDocumentsRequest;
    type Output = wire::ListDocumentsResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListDocumentsRequest) -> Result<ListDocuments, ParameterError> {
        Ok(ListDocuments {
            filters: DocumentFilters::parse(wire.document_filter_list, wire.filters)?,
            most: usize::try_from(wire.max_results.unwrap_or(DEFAULT_RESULTS)).unwrap_or_default(),
            token: wire.next_token,
        })
    }

    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_all(Self::ACTION, call)])
    }

    fn decide(
        request: Authorized<ListDocuments>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ListDocumentsResult>, ParameterError> {
        let listing = Listing {
            action: Self::ACTION,
            scope: call.scope,
            filters: &request.filters.text,
        };
        let from = match &request.token {
            Some(token) => view.pages.open(listing, token, with.now)?,
            None => String::new(),
        };
        let mut found = request.candidates(call, view);
        found.retain(|(called, document)| *called >= from && request.filters.accept(document));
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let next = found.get(request.most).map(|(called, _)| called.clone());
        found.truncate(request.most);
        let identifiers = found
            .into_iter()
            .map(|(called, document)| document.identifier(called));
        Ok(Decision::read(wire::ListDocumentsResult {
            document_identifiers: Some(identifiers.collect()),
            next_token: next.map(|place| view.pages.seal(listing, &place, with.now, with.entropy)),
        }))
    }
}

impl ListDocuments {
    /// Everybody's whose documents are asked for, each under the name that the caller can ask for it by.
    fn candidates<'v>(&self, call: &Call<'_>, view: &View<'v>) -> Vec<(String, Described<'v>)> {
        let visible = Visible {
            scope: call.scope,
            state: view.ssm,
        };
        let owner = self.filters.owner;
        let mut all = Vec::new();
        if matches!(owner, Owner::Anybody | Owner::Own | Owner::Private) {
            all.extend(visible.own());
        }
        if matches!(owner, Owner::Anybody | Owner::Amazon | Owner::Public) {
            all.extend(visible.owned());
        }
        if matches!(owner, Owner::Private | Owner::Public) {
            all.extend(visible.shared(owner == Owner::Public));
        }
        all
    }
}
