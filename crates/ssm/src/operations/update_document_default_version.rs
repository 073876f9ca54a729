//! `ssm:UpdateDocumentDefaultVersion`: say which version is used when nobody names one.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Txn;

use crate::documents::DocumentRef;
use crate::records::{Document, keys};
use crate::{ParameterError, View, wire};

/// Which version of which document.
#[derive(Clone, Debug)]
pub struct UpdateDocumentDefaultVersion {
    document: DocumentRef,
    version: String,
}

impl Operation for UpdateDocumentDefaultVersion {
    const ACTION: &'static str = "ssm:UpdateDocumentDefaultVersion";
    type Wire = wire::UpdateDocumentDefaultVersionRequest;
    type Output = wire::UpdateDocumentDefaultVersionResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(
        wire: wire::UpdateDocumentDefaultVersionRequest,
    ) -> Result<UpdateDocumentDefaultVersion, ParameterError> {
        Ok(UpdateDocumentDefaultVersion {
            document: DocumentRef::parse(&wire.name.unwrap_or_default())?,
            version: wire.document_version.unwrap_or_default(),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![self.document.requirement(Self::ACTION, call, view)])
    }

    fn decide(
        request: Authorized<UpdateDocumentDefaultVersion>,
        call: &Call<'_>,
        view: &View<'_>,
        _with: &With<'_>,
    ) -> Result<Decision<wire::UpdateDocumentDefaultVersionResult>, ParameterError> {
        let kept = request.document.own(call, view)?;
        let version = kept.version(Some(&request.version), None)?;
        let place = keys::document(call.scope, kept.name);
        let document = Document {
            default: version.number,
            ..Document::clone(kept.document)
        };
        let mut txn = Txn::new();
        txn.unchanged(place.clone(), Some(kept.document.revision))
            .put(place, &document);
        // The version must not go meanwhile.
        txn.exists(kept.place(version));
        let description = wire::DocumentDefaultVersionDescription {
            name: Some(kept.name.to_owned()),
            default_version: Some(version.number.to_string()),
            default_version_name: version.name.as_deref().map(str::to_owned),
        };
        let output = wire::UpdateDocumentDefaultVersionResult {
            description: Some(description),
        };
        Ok(Decision::write(txn, output))
    }
}
