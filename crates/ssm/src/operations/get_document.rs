//! `ssm:GetDocument`: a document's content.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Key;

use crate::documents::{DocumentRef, Wanted};
use crate::wire::{document_format, document_status};
use crate::{ParameterError, View, wire};

/// Which version of which document to give, and how.
#[derive(Clone, Debug)]
pub struct GetDocument {
    wanted: Wanted,
    format: String,
}

impl Operation for GetDocument {
    const ACTION: &'static str = "ssm:GetDocument";
    type Wire = wire::GetDocumentRequest;
    type Output = wire::GetDocumentResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetDocumentRequest) -> Result<GetDocument, ParameterError> {
        Ok(GetDocument {
            wanted: Wanted {
                document: DocumentRef::parse(&wire.name.unwrap_or_default())?,
                number: wire.document_version,
                version_name: wire.version_name,
            },
            format: wire
                .document_format
                .unwrap_or_else(|| document_format::JSON.to_owned()),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![self.wanted.document.requirement(Self::ACTION, call, view)])
    }

    fn cold(&self, call: &Call<'_>, view: &View<'_>) -> Vec<Key> {
        self.wanted.cold(call, view)
    }

    fn decide(
        request: Authorized<GetDocument>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GetDocumentResult>, ParameterError> {
        let (described, content) = request.wanted.read(call, view, with)?;
        let facts = described.facts;
        let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        // What is plain text has no other form.
        let format = match &*facts.format {
            document_format::TEXT => document_format::TEXT,
            _ => &request.format,
        };
        Ok(Decision::read(wire::GetDocumentResult {
            name: Some(request.wanted.document.asked.clone()),
            created_date: Some(facts.created),
            display_name: text(&facts.display_name),
            version_name: text(&facts.name),
            document_version: Some(facts.number.to_string()),
            status: Some(document_status::ACTIVE.to_owned()),
            content: Some(content.converted(&facts.format, format)),
            document_type: Some(described.kind.to_owned()),
            document_format: Some(format.to_owned()),
            attachments_content: Some(Vec::new()),
            ..Default::default()
        }))
    }
}
