//! Why KMS refuses.

use kagiban_aws::{Arn, Fault};

/// Why a KMS operation was refused. The sentences are AWS's own.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum KmsError {
    #[error("Invalid keyId '{0}'")]
    InvalidKeyId(String),
    #[error("Key '{0}' does not exist")]
    NoSuchKey(Arn),
    #[error("Invalid arn {0}")]
    ForeignRegion(String),
    #[error("Alias {0} is not found.")]
    NoSuchAlias(Arn),
    #[error("No such policy exists")]
    NoSuchPolicy,
    #[error("An alias with the name {0} already exists")]
    AliasExists(Arn),
    #[error(
        "Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
    )]
    AliasPrefix,
    /// AWS's own aliases are AWS's to make.
    #[error("")]
    ReservedAlias,
    #[error("{0}")]
    InvalidAliasName(String),
    #[error("{0} is disabled.")]
    Disabled(Arn),
    /// Such as `… is pending deletion.`
    #[error("{0}")]
    InvalidState(String),
    /// The signature is not the message's under this key; AWS says nothing more.
    #[error("")]
    InvalidSignature,
    /// The tag is not the message's under this key; AWS says nothing more.
    #[error("")]
    InvalidMac,
    #[error("{0}")]
    InvalidArn(String),
    #[error("{0}")]
    InvalidGrantToken(String),
    #[error("{0}")]
    InvalidGrantId(String),
    /// Of something of the given sort that the caller names.
    #[error("{0}")]
    NotFound(String),
    /// There are none on this server.
    #[error("Custom key store {0} is not found.")]
    NoSuchCustomKeyStore(String),
    #[error("{0}")]
    AlreadyExists(String),
    #[error("{0}")]
    IncorrectKeyMaterial(String),
    #[error("{0}")]
    InvalidImportToken(String),
    #[error("{0}")]
    ExpiredImportToken(String),
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    InvalidKeyUsage(String),
    /// Not ours, tampered with, or another context; AWS says nothing more.
    #[error("")]
    InvalidCiphertext,
    #[error("The key ID in the request does not identify a CMK that can perform this operation.")]
    IncorrectKey,
    /// The key is known from the ciphertext only, so its absence is not told apart from a refusal.
    #[error(
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."
    )]
    CiphertextKey,
    #[error("{0}")]
    AccessDenied(String),
    #[error("{0}")]
    MalformedPolicy(String),
    #[error("{0}")]
    Validation(String),
    #[error("{0}")]
    Unsupported(String),
    #[error("{0}")]
    Tag(&'static str),
    #[error("{0}")]
    LimitExceeded(String),
    #[error("")]
    InvalidMarker,
    #[error("The request would have succeeded, but the DryRun option is set.")]
    DryRun,
    /// Sealed material does not open: the store was tampered with or another store's key is used.
    #[error("internal error")]
    Internal,
}

impl KmsError {
    /// AWS's code for it.
    pub fn code(&self) -> &'static str {
        use KmsError::*;

        match self {
            InvalidKeyId(_) | NoSuchKey(_) | ForeignRegion(_) | NoSuchAlias(_) | NoSuchPolicy
            | NotFound(_) => "NotFoundException",
            NoSuchCustomKeyStore(_) => "CustomKeyStoreNotFoundException",
            AliasExists(_) | AlreadyExists(_) => "AlreadyExistsException",
            AliasPrefix | Validation(_) => "ValidationException",
            ReservedAlias => "NotAuthorizedException",
            InvalidAliasName(_) => "InvalidAliasNameException",
            Disabled(_) => "DisabledException",
            InvalidState(_) => "KMSInvalidStateException",
            InvalidSignature => "KMSInvalidSignatureException",
            InvalidMac => "KMSInvalidMacException",
            InvalidArn(_) => "InvalidArnException",
            InvalidGrantToken(_) => "InvalidGrantTokenException",
            InvalidGrantId(_) => "InvalidGrantIdException",
            IncorrectKeyMaterial(_) => "IncorrectKeyMaterialException",
            InvalidImportToken(_) => "InvalidImportTokenException",
            ExpiredImportToken(_) => "ExpiredImportTokenException",
            Conflict(_) => "ConflictException",
            InvalidKeyUsage(_) => "InvalidKeyUsageException",
            InvalidCiphertext => "InvalidCiphertextException",
            IncorrectKey => "IncorrectKeyException",
            CiphertextKey | AccessDenied(_) => "AccessDeniedException",
            MalformedPolicy(_) => "MalformedPolicyDocumentException",
            Unsupported(_) => "UnsupportedOperationException",
            Tag(_) => "TagException",
            LimitExceeded(_) => "LimitExceededException",
            InvalidMarker => "InvalidMarkerException",
            DryRun => "DryRunOperationException",
            Internal => "KMSInternalException",
        }
    }
}

impl From<KmsError> for Fault {
    fn from(error: KmsError) -> Fault {
        let status = if error == KmsError::Internal { 500 } else { 400 };
        let message = Some(error.to_string()).filter(|message| !message.is_empty());
        Fault {
            status,
            code: error.code(),
            message: message.map(Into::into),
            sealed_reason: None,
        }
    }
}
