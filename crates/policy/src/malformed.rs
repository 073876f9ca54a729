//! Why a document is not a policy, in AWS's words where they are known.

/// The document was refused; IAM answers `MalformedPolicyDocument`, KMS `MalformedPolicyDocumentException`.
///
/// Source of the sentences: IAM's answers as recorded by public test suites and bug reports.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MalformedPolicy {
    /// A trust policy that is not JSON; other kinds say [`MalformedPolicy::Syntax`].
    #[error("This policy contains invalid Json")]
    InvalidJson,
    /// Not JSON, or not the shape of a policy: unknown elements, wrong types, both `X` and `NotX`.
    #[error("Syntax errors in policy.")]
    Syntax,
    /// The version that the operation demands is not written.
    #[error("Policy document must be version 2012-10-17 or greater.")]
    Version,
    /// A statement has neither `Action` nor `NotAction`, or an empty list.
    #[error("Policy statement must contain actions.")]
    NoActions,
    /// A statement has neither `Resource` nor `NotResource`, or an empty list.
    #[error("Policy statement must contain resources.")]
    NoResources,
    /// A statement that must say whom it is about does not.
    #[error("Missing required field Principal")]
    NoPrincipal,
    /// An identity policy names a principal: it is about whomever it is attached to.
    #[error("Policy document should not specify a principal.")]
    PrincipalProhibited,
    /// A trust policy names a resource: it is about the role it belongs to.
    #[error("Has prohibited field Resource")]
    ResourceProhibited,
    /// Two statements carry the same Sid.
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    DuplicateSid,
    /// A Sid of an IAM policy has a character beyond letters and digits.
    #[error(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
    )]
    InvalidSid,
    /// An action without `service:`.
    #[error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    NoVendor,
    /// An action whose service is empty or holds a wildcard or another odd character.
    #[error("Vendor {0} is not valid")]
    InvalidVendor(Box<str>),
    /// An action with a second colon.
    #[error("Actions/Conditions can contain only one colon.")]
    ManyColons,
    /// A trust policy about something else than assuming the role.
    #[error("AssumeRole policy may only specify STS AssumeRole actions.")]
    NotAssumeRole,
    /// A resource that is neither `*` nor an ARN.
    #[error("Resource {0} must be in ARN format or \"*\".")]
    ResourceNotArn(Box<str>),
    /// A resource that starts like an ARN, lacks parts and has no wildcard to stand for them.
    #[error("The policy failed legacy parsing")]
    Legacy,
    /// A principal that is none of the forms of the policy language, or does not exist.
    #[error("Invalid principal in policy: \"{element}\":\"{written}\"")]
    InvalidPrincipal {
        /// `AWS`, `Service`, `Federated` or `CanonicalUser`.
        element: Box<str>,
        /// The principal as written.
        written: Box<str>,
    },
    /// A condition operator that does not exist.
    #[error("Invalid Condition type : {0}.")]
    UnknownOperator(Box<str>),
    /// A key policy that asks for what only identity policies can see.
    #[error("the condition key {key} is for identity policies only; use kms:RequestAlias in a key policy")]
    IdentityPoliciesOnly {
        /// The condition key as written.
        key: Box<str>,
    },
    /// A key policy with `ForAllValues` over keys that are single-valued: absent keys would pass.
    #[error("OverlyPermissiveCondition: the condition operator {operator} must not be used with {key}")]
    OverlyPermissive {
        /// The operator as written.
        operator: Box<str>,
        /// The condition key as written.
        key: Box<str>,
    },
    /// More text than any policy may have.
    #[error("Member must have length less than or equal to {limit}")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
}
