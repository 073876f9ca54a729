//! `ssm:ListDocumentVersions`: the versions of a document, newest first.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};

use crate::documents::{DocumentRef, Found};
use crate::page::Listing;
use crate::records::VersionFacts;
use crate::wire::document_status;
use crate::{ParameterError, View, wire};

/// AWS's most, and what it gives if nobody says.
const DEFAULT_RESULTS: i32 = 50;

/// Which document's versions to list.
#[derive(Clone, Debug)]
pub struct ListDocumentVersions {
    document: DocumentRef,
    most: usize,
    token: Option<String>,
}

impl Operation for ListDocumentVersions {
    const ACTION: &'static str = "ssm:ListDocumentVersions";
    type Wire = wire::ListDocumentVersionsRequest;
    type Output = wire::ListDocumentVersionsResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ListDocumentVersionsRequest) -> Result<ListDocumentVersions, ParameterError> {
        Ok(ListDocumentVersions {
            document: DocumentRef::parse(&wire.name.unwrap_or_default())?,
            most: usize::try_from(wire.max_results.unwrap_or(DEFAULT_RESULTS)).unwrap_or_default(),
            token: wire.next_token,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![self.document.requirement(Self::ACTION, call, view)])
    }

    fn decide(
        request: Authorized<ListDocumentVersions>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ListDocumentVersionsResult>, ParameterError> {
        let listing = Listing {
            action: Self::ACTION,
            scope: call.scope,
            filters: &request.document.asked,
        };
        let from = match &request.token {
            Some(token) => view.pages.open(listing, token, with.now)?,
            None => i64::MAX.to_string(),
        };
        let from: i64 = from.parse().map_err(|_| ParameterError::Internal)?;
        let (all, default): (Vec<&VersionFacts>, i64) = match request.document.found(call, view)? {
            Found::Owned(owned) => (vec![owned.facts()], 1),
            Found::Kept(kept) => {
                let versions = kept.documents.versions(kept.name).rev();
                let versions = versions.map(|version| &version.facts);
                let seen = versions.filter(|facts| kept.may_see(facts.number));
                (seen.collect(), kept.document.default)
            }
        };
        let mut following = all.into_iter().filter(|facts| facts.number <= from);
        let page: Vec<_> = following.by_ref().take(request.most).collect();
        let next = following.next().map(|facts| facts.number.to_string());
        let listed = page
            .into_iter()
            .map(|facts| listed(&request.document.name, facts, default));
        Ok(Decision::read(wire::ListDocumentVersionsResult {
            document_versions: Some(listed.collect()),
            next_token: next.map(|place| view.pages.seal(listing, &place, with.now, with.entropy)),
        }))
    }
}

fn listed(name: &str, facts: &VersionFacts, default: i64) -> wire::DocumentVersionInfo {
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    wire::DocumentVersionInfo {
        name: Some(name.to_owned()),
        display_name: text(&facts.display_name),
        document_version: Some(facts.number.to_string()),
        version_name: text(&facts.name),
        created_date: Some(facts.created),
        is_default_version: Some(facts.number == default),
        document_format: Some(facts.format.to_string()),
        status: Some(document_status::ACTIVE.to_owned()),
        ..Default::default()
    }
}
