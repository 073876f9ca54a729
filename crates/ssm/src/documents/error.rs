//! Why document and session operations refuse.

use kagiban_session::document::DocumentError as Mistake;

/// Why an operation on documents or sessions was refused. The sentences are AWS's own where they are
/// known.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum DocumentError {
    #[error("Document with name {0} does not exist.")]
    NoSuchDocument(String),
    // UNSURE: AWS's own sentence has not been seen.
    #[error("Document with name {0} is of type {1}; a session needs a document of type Session.")]
    NotSession(String, String),
    // UNSURE: as above.
    #[error("The document version is not valid or does not exist.")]
    NoSuchVersion,
    #[error("Document with same name {0} already exists")]
    AlreadyExists(String),
    #[error("Invalid document name {0}")]
    InvalidName(String),
    #[error("{0}")]
    InvalidContent(String),
    #[error("{0}")]
    InvalidSchema(String),
    // UNSURE: as above.
    #[error("The size of the document is greater than the maximum of 64 KB.")]
    TooLong,
    // UNSURE: as above.
    #[error("You can have at most 500 active documents.")]
    TooManyDocuments,
    // UNSURE: as above.
    #[error("The document has too many versions. Delete one or more document versions and try again.")]
    TooManyVersions,
    #[error(
        "Version provided for document {0} is not latest. Please provide the latest version to update document {0}"
    )]
    NotLatest(String),
    // UNSURE: the sentences of these two are a peer's.
    #[error(
        "The content of the association document matches another document. Change the content of the document and try again."
    )]
    DuplicateContent,
    #[error("The specified version name is a duplicate.")]
    DuplicateVersionName,
    #[error("Default version of the document can't be deleted.")]
    DefaultVersion,
    // UNSURE: the sentence is a peer's.
    #[error("Must unshare document first before delete")]
    Shared,
    // UNSURE: AWS's own sentence has not been seen.
    #[error("You must specify the Force parameter to delete a document of this type.")]
    NeedsForce,
    // UNSURE: the sentence is a peer's.
    #[error("Accounts can either be all or a group of AWS accounts")]
    AllOrSome,
    // UNSURE: AWS's own sentence has not been seen.
    #[error("The document can't be shared with more than 1000 AWS accounts.")]
    TooManyShares,
    #[error("{0}")]
    InvalidParameters(String),
    #[error("{0} is not connected.")]
    NotConnected(String),
    // DIFFERS: AWS throttles; here it is a setting of the operator's.
    #[error("The account has {0} live sessions, and may not have more. End some, then try again.")]
    TooManySessions(usize),
    // UNSURE: AWS's own sentence has not been seen.
    #[error("Session {0} does not exist.")]
    NoSuchSession(String),
}

impl DocumentError {
    /// AWS's code for it.
    pub fn code(&self) -> &'static str {
        use DocumentError::*;

        match self {
            NoSuchDocument(_) | NotSession(..) => "InvalidDocument",
            NoSuchVersion | NotLatest(_) => "InvalidDocumentVersion",
            AlreadyExists(_) => "DocumentAlreadyExists",
            InvalidName(_) => "ValidationException",
            InvalidContent(_) => "InvalidDocumentContent",
            InvalidSchema(_) => "InvalidDocumentSchemaVersion",
            TooLong => "MaxDocumentSizeExceeded",
            TooManyDocuments => "DocumentLimitExceeded",
            TooManyVersions => "DocumentVersionLimitExceeded",
            DuplicateContent => "DuplicateDocumentContent",
            DuplicateVersionName => "DuplicateDocumentVersionName",
            DefaultVersion | Shared | NeedsForce => "InvalidDocumentOperation",
            AllOrSome | TooManyShares => "DocumentPermissionLimit",
            InvalidParameters(_) => "InvalidParameters",
            NotConnected(_) => "TargetNotConnected",
            TooManySessions(_) => "ServiceQuotaExceededException",
            NoSuchSession(_) => "DoesNotExistException",
        }
    }
}

/// A session document that makes no sense.
impl From<Mistake> for DocumentError {
    fn from(mistake: Mistake) -> DocumentError {
        match mistake {
            Mistake::TooLong(_) => DocumentError::TooLong,
            Mistake::SchemaVersion(_) => DocumentError::InvalidSchema(mistake.to_string()),
            other => DocumentError::InvalidContent(other.to_string()),
        }
    }
}
