//! `ssm:UpdateDocument`: add a version to a document.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::documents::{DocumentError, DocumentRef, Draft, Kept, MAX_VERSIONS};
use crate::records::{Document, keys};
use crate::{ParameterError, View, wire};

/// Which version to add to which document.
#[derive(Clone, Debug)]
pub struct UpdateDocument {
    document: DocumentRef,
    /// The version that the new one follows on, as it was named.
    follows: Option<String>,
    draft: Draft,
}

impl Operation for UpdateDocument {
    const ACTION: &'static str = "ssm:UpdateDocument";
    type Wire = wire::UpdateDocumentRequest;
    type Output = wire::UpdateDocumentResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::UpdateDocumentRequest) -> Result<UpdateDocument, ParameterError> {
        Draft::refuse_extras(false, wire.attachments)?;
        Ok(UpdateDocument {
            document: DocumentRef::parse(&wire.name.unwrap_or_default())?,
            follows: wire.document_version,
            draft: Draft::of(
                wire.content,
                wire.document_format,
                wire.version_name,
                wire.display_name,
                wire.target_type,
            ),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![self.document.requirement(Self::ACTION, call, view)])
    }

    /// A content may have many patterns, each of which is compiled.
    fn is_slow(&self, _call: &Call<'_>, _view: &Self::View<'_>) -> bool {
        true
    }

    fn decide(
        request: Authorized<UpdateDocument>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::UpdateDocumentResult>, ParameterError> {
        let kept = request.document.own(call, view)?;
        request.follow(&kept)?;
        let checked = request.draft.check(&kept.document.kind)?;
        if checked.schema.as_deref() == Some("1.2") {
            // UNSURE: AWS's own sentence has not been seen.
            let sentence = "Documents of schema version 1.2 can't be updated.";
            return Err(DocumentError::InvalidSchema(sentence.to_owned()).into());
        }
        request.differ(&kept)?;
        let number = kept.document.last + 1;
        let document = Document {
            last: number,
            ..Document::clone(kept.document)
        };
        let version = request.draft.version(number, &checked, with.now);
        let mut txn = Txn::new();
        let place = keys::document(call.scope, kept.name);
        txn.unchanged(place.clone(), Some(kept.document.revision))
            .put(place, &document);
        txn.put(keys::document_version(call.scope, kept.name, number), &version);
        let described = document.described(kept.name, call.scope, &version.facts, number);
        let output = wire::UpdateDocumentResult {
            document_description: Some(described.description(&checked.content)),
        };
        Ok(Decision::write(txn, output))
    }
}

impl UpdateDocument {
    /// Only the newest version can be followed.
    fn follow(&self, kept: &Kept<'_>) -> Result<(), DocumentError> {
        let latest = kept.latest().to_string();
        match self.follows.as_deref() {
            None | Some("$LATEST") => Ok(()),
            Some(named) if named == latest => Ok(()),
            Some(_) => Err(DocumentError::NotLatest(kept.name.to_owned())),
        }
    }

    /// No two versions have the same content or name.
    fn differ(&self, kept: &Kept<'_>) -> Result<(), DocumentError> {
        let hash = self.draft.hash();
        let name = self.draft.version_name.as_deref();
        let mut count = 0;
        for version in kept.documents.versions(kept.name) {
            count += 1;
            if version.facts.hash == hash {
                return Err(DocumentError::DuplicateContent);
            }
            if name.is_some() && version.facts.name.as_deref() == name {
                return Err(DocumentError::DuplicateVersionName);
            }
        }
        match count >= MAX_VERSIONS {
            true => Err(DocumentError::TooManyVersions),
            false => Ok(()),
        }
    }
}
