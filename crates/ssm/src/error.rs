//! Why Parameter Store refuses.

use kagiban_aws::Fault;

use crate::documents::DocumentError;
use crate::feed::Forgotten;
use crate::inventory::InventoryError;
use crate::name::InvalidName;
use crate::nodes::NodeError;
use crate::tier::Tier;

/// Why a Parameter Store operation was refused. The sentences are AWS's own where they are known.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum ParameterError {
    #[error("{0}")]
    Validation(String),
    #[error(transparent)]
    Name(#[from] InvalidName),
    #[error("Parameter {0} not found.")]
    NotFound(String),
    #[error("An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret {0} not found.")]
    NoSuchSecret(String),
    #[error("Systems Manager could not find version {version} of {name}. Verify the version and try again.")]
    NoSuchVersion { name: String, version: String },
    // UNSURE: the sentence for a label has not been seen.
    #[error(
        "Systems Manager could not find the label {label} for parameter {name}. Verify the label and try again."
    )]
    NoSuchLabel { name: String, label: String },
    // UNSURE: the sentence is a peer's, less what had got into it from a client.
    #[error(
        "A parameter version can have maximum 10 labels.Move one or more labels to another version and try again."
    )]
    TooManyLabels,
    #[error(
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
    )]
    AlreadyExists,
    #[error(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
    )]
    OverwriteWithTags,
    #[error("A parameter type is required when you create a parameter.")]
    TypeRequired,
    // UNSURE: the sentence has not been seen.
    #[error("KeyId is required for SecureString type parameter only.")]
    KeyWithoutSecureString,
    // UNSURE: the sentence has not been seen.
    #[error("The request does not meet the regular expression requirement.")]
    InvalidAllowedPattern,
    #[error("Parameter value, cannot be validated against allowedPattern: {0}")]
    PatternMismatch(String),
    #[error(
        "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware that standard parameters have a value limit of 4096 characters."
    )]
    Downgrade,
    #[error("{}", too_many_parameters(.0))]
    TooManyParameters(Tier),
    #[error("{}", value_too_long(.0))]
    ValueTooLong(Tier),
    // UNSURE: the sentence has not been seen.
    #[error("Parameter policies are only available for parameters that use the advanced-parameter tier.")]
    PoliciesNeedAdvanced,
    #[error(
        "You attempted to create a new version of {name} by calling the PutParameter API with the overwrite flag. Version {version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again."
    )]
    OldestIsLabelled { name: String, version: i64 },
    #[error(
        "You specified more than the maximum number of allowed policies for the parameter. The maximum is 10."
    )]
    TooManyPolicies,
    #[error("{0}")]
    InvalidPolicyType(String),
    #[error("{0}")]
    InvalidPolicyAttribute(String),
    #[error("{0}")]
    IncompatiblePolicy(&'static str),
    #[error("{0}")]
    InvalidFilterKey(String),
    #[error("{0}")]
    InvalidFilterOption(String),
    #[error("{0}")]
    InvalidFilterValue(String),
    #[error("The specified token is not valid.")]
    InvalidNextToken,
    #[error("Invalid Resource Type")]
    InvalidResourceType,
    #[error("Invalid Resource Id")]
    InvalidResourceId,
    /// More than 50 on one parameter; AWS says nothing more.
    #[error("")]
    TooManyTags,
    /// KMS's refusal of the key, with AWS's suffix.
    #[error("{0}")]
    InvalidKey(String),
    // UNSURE: AWS's own sentences about resource policies have not been seen; these are the model's.
    #[error(
        "One or more parameters specified for the call aren't valid. Verify the parameters and their values and try again."
    )]
    InvalidResource,
    #[error("Only parameters that use the advanced-parameter tier can have a resource policy.")]
    NotShareable,
    #[error("The specified parameter to be shared could not be found.")]
    NoSuchResource,
    #[error("{0}")]
    MalformedResourcePolicy(String),
    #[error("No policies with the specified policy ID and hash could be found.")]
    NoSuchResourcePolicy,
    #[error(
        "The hash provided in the call doesn't match the stored hash. This exception is thrown when trying to update an obsolete policy version or when multiple requests to update a policy are sent."
    )]
    StaleResourcePolicy,
    #[error("A policy can't be greater than 1024 bytes in size.")]
    ResourcePolicyTooLong,
    #[error(
        "Only one policy can be attached to a parameter; to replace it, give its PolicyId and PolicyHash."
    )]
    TooManyResourcePolicies,
    // UNSURE: the sentence is the model's; what AWS prints has not been seen.
    #[error(
        "The specified service setting wasn't found. Either the service name or the setting hasn't been provisioned by the Amazon Web Services service team."
    )]
    NoSuchSetting,
    #[error("{0}")]
    AccessDenied(String),
    /// Of our own references: why a value cannot be resolved, which is told as it is.
    #[error("{0}")]
    Unresolved(Box<ParameterError>),
    /// Of our own service: what would come back has been replaced.
    #[error(
        "a parameter named `{0}` has been made meanwhile; undelete with Swap (`--swap`), and the two change places and are both kept"
    )]
    NameInUse(String),
    /// Of our own service: what is there would not be kept.
    #[error(
        "a parameter named `{0}` has been made meanwhile, and this account keeps nothing that is deleted, so that a swap would destroy it; set deleted-parameter-retention-days to more than 0 first"
    )]
    SwapDestroys(String),
    /// Of our own service.
    #[error(
        "no deleted parameter named `{0}` is kept; ListDeletedParameters (`kagiban param deleted`) lists what is"
    )]
    NothingDeleted(String),
    /// Of our own service: something is not what it should be.
    #[error("{0}")]
    InvalidInput(String),
    /// Of our own service: where a watch goes on is not known here.
    #[error(
        "the cursor is too old, or not of this path and server; read the path anew, then watch without a cursor"
    )]
    CursorExpired,
    /// Of our own service.
    #[error("there is a webhook named `{0}` already; delete it first, or choose another name")]
    WebhookExists(String),
    /// Of our own service.
    #[error("there is no webhook named `{0}`")]
    NoSuchWebhook(String),
    /// Of our own service.
    #[error("there are {0} webhooks in this Region already; delete one first")]
    TooManyWebhooks(usize),
    /// Of our own service.
    #[error("there are {0} webhooks in this account's Regions already; delete one first")]
    TooManyWebhooksInAll(usize),
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// Of documents and sessions.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A record that should be readable is not.
    #[error("internal error")]
    Internal,
}

fn too_many_parameters(tier: &Tier) -> &'static str {
    match tier {
        Tier::Standard => {
            "You have reached the maximum number of standard parameters for this AWS account and Region (10000). To add more parameters, either delete existing parameters or upgrade to the advanced-parameter tier (charges apply)."
        }
        // UNSURE: the sentence has not been seen.
        Tier::Advanced => {
            "You have reached the maximum number of advanced parameters for this AWS account and Region (100000). To add more parameters, delete existing parameters."
        }
    }
}

fn value_too_long(tier: &Tier) -> &'static str {
    match tier {
        Tier::Standard => {
            "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
        }
        // UNSURE: the sentence has not been seen.
        Tier::Advanced => "Advanced tier parameters support a maximum parameter value of 8192 characters.",
    }
}

impl ParameterError {
    /// The same, as what became of a value's references. Our own failures stay what they are.
    pub(crate) fn unresolved(self) -> ParameterError {
        match self {
            ParameterError::Internal => self,
            error => ParameterError::Unresolved(Box::new(error)),
        }
    }

    /// AWS's code for it.
    pub fn code(&self) -> &'static str {
        use ParameterError::*;

        match self {
            Validation(_) | OverwriteWithTags | TypeRequired | KeyWithoutSecureString => {
                "ValidationException"
            }
            Downgrade | ValueTooLong(_) | PoliciesNeedAdvanced => "ValidationException",
            Name(InvalidName::Reserved(_)) | AccessDenied(_) => "AccessDeniedException",
            Name(InvalidName::TooDeep) => "HierarchyLevelLimitExceededException",
            Name(InvalidName::Malformed | InvalidName::Prefix | InvalidName::TooLong(_)) => {
                "ValidationException"
            }
            NotFound(_) | NothingDeleted(_) | NoSuchSecret(_) => "ParameterNotFound",
            NoSuchVersion { .. } | NoSuchLabel { .. } => "ParameterVersionNotFound",
            TooManyLabels => "ParameterVersionLabelLimitExceeded",
            AlreadyExists | NameInUse(_) => "ParameterAlreadyExists",
            InvalidAllowedPattern => "InvalidAllowedPatternException",
            PatternMismatch(_) => "ParameterPatternMismatchException",
            OldestIsLabelled { .. } => "ParameterMaxVersionLimitExceeded",
            TooManyParameters(_) => "ParameterLimitExceeded",
            TooManyPolicies => "PoliciesLimitExceededException",
            InvalidPolicyType(_) => "InvalidPolicyTypeException",
            InvalidPolicyAttribute(_) => "InvalidPolicyAttributeException",
            IncompatiblePolicy(_) => "IncompatiblePolicyException",
            InvalidFilterKey(_) => "InvalidFilterKey",
            InvalidFilterOption(_) => "InvalidFilterOption",
            InvalidFilterValue(_) => "InvalidFilterValue",
            InvalidNextToken => "InvalidNextToken",
            InvalidResourceType => "InvalidResourceType",
            InvalidResourceId => "InvalidResourceId",
            TooManyTags => "TooManyTagsError",
            InvalidKey(_) => "InvalidKeyId",
            NoSuchSetting => "ServiceSettingNotFound",
            InvalidResource | NotShareable => "ResourcePolicyInvalidParameterException",
            NoSuchResource => "ResourceNotFoundException",
            MalformedResourcePolicy(_) => "MalformedResourcePolicyDocumentException",
            NoSuchResourcePolicy => "ResourcePolicyNotFoundException",
            StaleResourcePolicy => "ResourcePolicyConflictException",
            ResourcePolicyTooLong | TooManyResourcePolicies => "ResourcePolicyLimitExceededException",
            WebhookExists(_) => "WebhookAlreadyExistsException",
            NoSuchWebhook(_) => "WebhookNotFoundException",
            TooManyWebhooks(_) | TooManyWebhooksInAll(_) => "LimitExceededException",
            CursorExpired => "CursorExpiredException",
            InvalidInput(_) | SwapDestroys(_) => "InvalidInputException",
            Unresolved(error) => error.code(),
            Node(error) => error.code(),
            Inventory(error) => error.code(),
            Document(error) => error.code(),
            Internal => "InternalServerError",
        }
    }
}

impl From<Forgotten> for ParameterError {
    fn from(Forgotten: Forgotten) -> ParameterError {
        ParameterError::CursorExpired
    }
}

impl From<ParameterError> for Fault {
    fn from(error: ParameterError) -> Fault {
        let status = if error == ParameterError::Internal {
            500
        } else {
            400
        };
        let message = Some(error.to_string()).filter(|message| !message.is_empty());
        Fault {
            status,
            code: error.code(),
            message: message.map(Into::into),
            sealed_reason: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_says_without_words_has_no_message() {
        assert_eq!(
            Fault::from(ParameterError::TooManyTags),
            Fault::bare("TooManyTagsError")
        );
    }

    #[test]
    fn only_our_own_failures_are_not_the_callers() {
        assert_eq!(Fault::from(ParameterError::Internal).status, 500);
        assert!(Fault::from(ParameterError::InvalidNextToken).is_sender());
    }
}
