//! `ssm:DescribeDocument`: what is known of a document, but for its content.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Key;

use crate::documents::{DocumentRef, Wanted};
use crate::{ParameterError, View, wire};

/// Which version of which document to describe.
#[derive(Clone, Debug)]
pub struct DescribeDocument(Wanted);

impl Operation for DescribeDocument {
    const ACTION: &'static str = "ssm:DescribeDocument";
    type Wire = wire::DescribeDocumentRequest;
    type Output = wire::DescribeDocumentResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DescribeDocumentRequest) -> Result<DescribeDocument, ParameterError> {
        Ok(DescribeDocument(Wanted {
            document: DocumentRef::parse(&wire.name.unwrap_or_default())?,
            number: wire.document_version,
            version_name: wire.version_name,
        }))
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![self.0.document.requirement(Self::ACTION, call, view)])
    }

    fn cold(&self, call: &Call<'_>, view: &View<'_>) -> Vec<Key> {
        self.0.cold(call, view)
    }

    fn decide(
        request: Authorized<DescribeDocument>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::DescribeDocumentResult>, ParameterError> {
        let (described, content) = request.0.read(call, view, with)?;
        let content = content.tree(&described.facts.format);
        Ok(Decision::read(wire::DescribeDocumentResult {
            document: Some(described.description(&content)),
        }))
    }
}
