//! `ssm:CreateDocument`: make a document, in its first version.

use kagiban_iam::records::Tag;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::documents::{DocumentError, DocumentRef, Draft, MAX_DOCUMENTS};
use crate::records::{Document, keys};
use crate::wire::document_type;
use crate::{ParameterError, View, access, tags, wire};

/// Which document to make.
#[derive(Clone, Debug)]
pub struct CreateDocument {
    document: DocumentRef,
    kind: String,
    draft: Draft,
    tags: Vec<Tag>,
}

impl Operation for CreateDocument {
    const ACTION: &'static str = "ssm:CreateDocument";
    type Wire = wire::CreateDocumentRequest;
    type Output = wire::CreateDocumentResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::CreateDocumentRequest) -> Result<CreateDocument, ParameterError> {
        let name = wire.name.unwrap_or_default();
        let lower = name.to_ascii_lowercase();
        if ["aws", "amazon", "amzn"].iter().any(|own| lower.starts_with(own)) {
            return Err(DocumentError::InvalidName(name).into());
        }
        let extras = wire.requires.is_some_and(|all| !all.is_empty());
        Draft::refuse_extras(extras, wire.attachments)?;
        let kind = wire
            .document_type
            .unwrap_or_else(|| document_type::COMMAND.to_owned());
        let draft = Draft::of(
            wire.content,
            wire.document_format,
            wire.version_name,
            wire.display_name,
            wire.target_type,
        );
        Ok(CreateDocument {
            document: DocumentRef::parse(&name)?,
            kind,
            draft,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let requirement = self.document.requirement(Self::ACTION, call, view);
        let requirement = requirement.when("ssm:documenttype", &*self.kind);
        Ok(vec![access::requesting(requirement, &self.tags)])
    }

    /// A content may have many patterns, each of which is compiled.
    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        true
    }

    fn decide(
        request: Authorized<CreateDocument>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::CreateDocumentResult>, ParameterError> {
        // Here and not earlier: it takes a while, which is for those who may.
        let checked = request.draft.check(&request.kind)?;
        let name = &request.document.name;
        let documents = view.ssm.documents(call.scope);
        if documents.is_some_and(|documents| documents.get(name).is_some()) {
            return Err(DocumentError::AlreadyExists(name.clone()).into());
        }
        if documents.is_some_and(|documents| documents.len() >= MAX_DOCUMENTS) {
            return Err(DocumentError::TooManyDocuments.into());
        }
        let document = Document {
            kind: request.kind.as_str().into(),
            created: with.now,
            default: 1,
            last: 1,
            tags: request.tags.clone().into(),
            shares: Box::default(),
            rest: Default::default(),
        };
        let version = request.draft.version(1, &checked, with.now);
        let place = keys::document(call.scope, name);
        let mut txn = Txn::new();
        txn.absent(place.clone()).put(place, &document);
        txn.put(keys::document_version(call.scope, name, 1), &version);
        let described = document.described(name, call.scope, &version.facts, 1);
        let output = wire::CreateDocumentResult {
            document_description: Some(described.description(&checked.content)),
        };
        Ok(Decision::write(txn, output))
    }
}
