//! Why IAM and STS refuse.

use kagiban_aws::Fault;
use kagiban_policy::MalformedPolicy;

use crate::mfa::WrongCode;

/// Why an IAM or STS operation was refused. The sentences are AWS's own where they are known.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum IamError {
    /// Such as `The role with name X cannot be found.`
    #[error("{0}")]
    NoSuchEntity(String),
    /// Such as `User with name X already exists.`
    #[error("{0}")]
    EntityAlreadyExists(String),
    /// Something still hangs on it.
    #[error("{0}")]
    DeleteConflict(&'static str),
    /// Such as `Cannot exceed quota for AccessKeysPerUser: 2`
    #[error("{0}")]
    LimitExceeded(String),
    /// The policy's own sentence.
    #[error("{0}")]
    MalformedPolicyDocument(String),
    /// A request that no constraint of the model catches.
    #[error("{0}")]
    ValidationError(String),
    /// Such as duplicate tag keys.
    #[error("{0}")]
    InvalidInput(&'static str),
    /// A service-linked role that cannot be made as it is asked for.
    #[error("{0}")]
    NoServiceLinkedRole(String),
    /// A role that only its service may change.
    #[error(
        "Cannot perform the operation on the protected role '{role}' - this role is only modifiable by AWS"
    )]
    UnmodifiableEntity {
        /// The role's name.
        role: String,
    },
    /// A policy for service-linked roles only.
    #[error("{0}")]
    PolicyNotAttachable(&'static str),
    /// What the simulator cannot work with.
    #[error("{0}")]
    InvalidSimulation(String),
    /// STS's word for a parameter that contradicts another.
    #[error("{0}")]
    InvalidParameterValue(&'static str),
    /// A refusal that is not a policy's decision.
    #[error("{0}")]
    AccessDenied(String),
    /// A code of an MFA device that two codes in a row were asked of.
    #[error("{0}")]
    InvalidAuthenticationCode(String),
    /// A wrong code of an MFA device, to be counted.
    #[error("{0}")]
    WrongCode(Box<WrongCode>),
    /// What DecodeAuthorizationMessage cannot read.
    #[error("Message is not valid.")] // UNSURE: AWS's sentence.
    InvalidAuthorizationMessage,
    /// A token of an identity provider that is none, or none that is taken here.
    #[error("{0}")]
    InvalidIdentityToken(String),
    /// A token of an identity provider that was good once.
    #[error("{0}")]
    ExpiredToken(String),
    /// An identity provider that cannot be asked for its keys.
    #[error("{0}")]
    IdpCommunication(&'static str),
    /// A claim of a token that cannot be accepted.
    #[error("{0}")]
    IdpRejectedClaim(&'static str),
    /// The session policies do not fit into a token.
    #[error("{0}")]
    PackedPolicyTooLarge(String),
    /// Such as `Password does not conform to the account password policy.`
    #[error("{0}")]
    PasswordPolicyViolation(&'static str),
    /// Only users can do this.
    #[error("{0}")]
    InvalidUserType(&'static str),
    /// Nobody has asked for a credential report yet. AWS says no more than the code.
    #[error("")]
    ReportNotPresent,
    /// The credential report is too old. AWS says no more than the code.
    // UNSURE: as for `ReportNotPresent`, whose answer users have shown.
    #[error("")]
    ReportExpired,
    /// An operation that this server leaves out on purpose, said so.
    #[error("{0}")]
    NotBuilt(&'static str),
}

impl From<MalformedPolicy> for IamError {
    fn from(malformed: MalformedPolicy) -> IamError {
        IamError::MalformedPolicyDocument(malformed.to_string())
    }
}

impl From<IamError> for Fault {
    fn from(error: IamError) -> Fault {
        use IamError::*;

        let (status, code) = match &error {
            WrongCode(wrong) => return wrong.answer().clone().into(),
            NoSuchEntity(_) => (404, "NoSuchEntity"),
            EntityAlreadyExists(_) => (409, "EntityAlreadyExists"),
            DeleteConflict(_) => (409, "DeleteConflict"),
            LimitExceeded(_) => (409, "LimitExceeded"),
            MalformedPolicyDocument(_) => (400, "MalformedPolicyDocument"),
            ValidationError(_) => (400, "ValidationError"),
            InvalidInput(_) | NoServiceLinkedRole(_) | InvalidSimulation(_) => (400, "InvalidInput"),
            UnmodifiableEntity { .. } => (400, "UnmodifiableEntity"),
            PolicyNotAttachable(_) => (400, "PolicyNotAttachable"),
            InvalidParameterValue(_) => (400, "InvalidParameterValue"),
            AccessDenied(_) => (403, "AccessDenied"),
            InvalidAuthenticationCode(_) => (403, "InvalidAuthenticationCode"),
            InvalidAuthorizationMessage => (400, "InvalidAuthorizationMessageException"),
            InvalidIdentityToken(_) => (400, "InvalidIdentityToken"),
            ExpiredToken(_) => (400, "ExpiredTokenException"),
            IdpCommunication(_) => (400, "IDPCommunicationError"),
            IdpRejectedClaim(_) => (403, "IDPRejectedClaim"),
            PackedPolicyTooLarge(_) => (400, "PackedPolicyTooLarge"),
            PasswordPolicyViolation(_) => (400, "PasswordPolicyViolation"),
            InvalidUserType(_) => (400, "InvalidUserType"),
            ReportNotPresent => (410, "ReportNotPresent"),
            ReportExpired => (410, "ReportExpired"),
            NotBuilt(_) => (400, "ValidationError"),
        };
        let fault = match error {
            ReportNotPresent | ReportExpired => Fault::bare(code),
            error => Fault::sender(code, error.to_string()),
        };
        fault.with_status(status)
    }
}
