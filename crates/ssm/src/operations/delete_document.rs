//! `ssm:DeleteDocument`: delete a document, or one version of it.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::documents::{DocumentError, DocumentRef};
use crate::records::{Document, keys};
use crate::wire::document_type;
use crate::{ParameterError, View, wire};

/// Which document, or which version of it, to delete.
#[derive(Clone, Debug)]
pub struct DeleteDocument {
    document: DocumentRef,
    number: Option<String>,
    version_name: Option<String>,
    force: bool,
}

impl Operation for DeleteDocument {
    const ACTION: &'static str = "ssm:DeleteDocument";
    type Wire = wire::DeleteDocumentRequest;
    type Output = wire::DeleteDocumentResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::DeleteDocumentRequest) -> Result<DeleteDocument, ParameterError> {
        Ok(DeleteDocument {
            document: DocumentRef::parse(&wire.name.unwrap_or_default())?,
            number: wire.document_version,
            version_name: wire.version_name,
            force: wire.force.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![self.document.requirement(Self::ACTION, call, view)])
    }

    fn decide(
        request: Authorized<DeleteDocument>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::DeleteDocumentResult>, ParameterError> {
        let kept = request.document.own(call, view)?;
        let document = kept.document;
        let place = keys::document(call.scope, kept.name);
        let mut txn = Txn::new();
        txn.unchanged(place.clone(), Some(document.revision));
        if request.number.is_some() || request.version_name.is_some() {
            let version = kept.version(request.number.as_deref(), request.version_name.as_deref())?;
            if version.number == document.default {
                return Err(DocumentError::DefaultVersion.into());
            }
            // The document's own record changes with its versions, so that none is added on an old view.
            txn.put(place, &Document::clone(document));
            txn.delete(kept.place(version));
        } else {
            if !document.shares.is_empty() {
                return Err(DocumentError::Shared.into());
            }
            if &*document.kind == document_type::APPLICATION_CONFIGURATION_SCHEMA && !request.force {
                return Err(DocumentError::NeedsForce.into());
            }
            txn.delete(place);
            txn.delete_prefix(keys::document_versions(call.scope, kept.name));
        }
        Ok(Decision::write(txn, wire::DeleteDocumentResult {}))
    }
}
