//! Why something about managed nodes is refused.

use kagiban_aws::Region;

/// Why something about managed nodes is refused. The sentences are AWS's own where they are known.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum NodeError {
    #[error("Nonexistent role or missing ssm service principal in trust policy: {0}")]
    NoSuchRole(String),
    /// Of our own: an instance profile that gives a machine nothing.
    #[error(
        "there is no instance profile named `{0}` with a role that trusts ec2.amazonaws.com; make one with iam:CreateInstanceProfile and iam:AddRoleToInstanceProfile"
    )]
    NoSuchProfile(String),
    // UNSURE: AWS's sentence has not been seen.
    #[error("The expiration date must be in the future, and no more than 30 days away.")]
    InvalidExpiration,
    // The model's sentence.
    #[error(
        "The activation isn't valid. The activation might have been deleted, or the ActivationId and the ActivationCode don't match."
    )]
    InvalidActivation,
    /// Of our own: the code is right, but the machine would call where its node is not.
    #[error(
        "The activation is of the Region {home}, and the machine would call {given}; nothing is registered. Register it with the Region {home}."
    )]
    OtherRegion { home: Region, given: Box<str> },
    /// As `InvalidActivation`, of an activation that counts wrong codes.
    #[error(
        "The activation isn't valid. The activation might have been deleted, or the ActivationId and the ActivationCode don't match."
    )]
    WrongCode(Box<str>),
    /// AWS does not say how it limits guesses.
    #[error("{wrong} wrong codes in a row were given for this activation; try again in {seconds} seconds.")]
    TooManyGuesses { wrong: u32, seconds: i64 },
    /// AWS says nothing more.
    #[error("")]
    ActivationExpired,
    // UNSURE: AWS's sentence has not been seen.
    #[error("The activation has registered as many managed nodes as it may.")]
    RegistrationLimitExceeded,
    // UNSURE: AWS's sentence has not been seen.
    #[error("The public key must be an RSA key of 2048 bits or more, as base64 of its SubjectPublicKeyInfo.")]
    InvalidPublicKey,
    /// A key is one machine's.
    #[error("The public key is another managed node's. Make this machine a key of its own.")]
    KeyTaken,
    // UNSURE: AWS's sentence has not been seen.
    #[error("The fingerprint is another machine's. Register this machine as a managed node of its own.")]
    FingerprintMismatch,
    #[error("Not existing InstanceId {0}")]
    NoSuchNode(String),
    /// Somebody speaks for a node that is not the node.
    #[error("Only the managed node itself may call {0}, with the credentials that it got for its own key.")]
    NotTheNode(&'static str),
    // UNSURE: AWS's sentence has not been seen.
    #[error("The filter key {0} is not valid.")]
    InvalidFilterKey(String),
    // UNSURE: AWS's sentence has not been seen.
    #[error("The filter value {0} is not valid.")]
    InvalidFilterValue(String),
    // UNSURE: AWS's sentence has not been seen.
    #[error("The filter is not valid.")]
    InvalidFilter,
}

impl NodeError {
    /// AWS's code for it.
    pub fn code(&self) -> &'static str {
        use NodeError::*;

        match self {
            NoSuchRole(_) | InvalidExpiration => "ValidationException",
            NoSuchProfile(_) => "InvalidInputException",
            InvalidActivation | OtherRegion { .. } | WrongCode(_) => "InvalidActivation",
            TooManyGuesses { .. } => "ThrottlingException",
            ActivationExpired => "ActivationExpired",
            RegistrationLimitExceeded => "RegistrationLimitExceeded",
            InvalidPublicKey | KeyTaken => "InvalidPublicKey",
            FingerprintMismatch => "MachineFingerprintDoesNotMatch",
            NoSuchNode(_) => "InvalidInstanceId",
            NotTheNode(_) => "AccessDeniedException",
            InvalidFilterKey(_) => "InvalidFilterKey",
            InvalidFilterValue(_) => "InvalidInstanceInformationFilterValue",
            InvalidFilter => "InvalidFilter",
        }
    }
}
