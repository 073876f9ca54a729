//! Why this service refuses.

use kagiban_aws::Fault;

/// Why an operation of this service was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KagibanError {
    /// Something is not what it should be.
    #[error("{0}")]
    InvalidInput(String),
    /// Nobody bears this ARN.
    #[error("no user or role has the ARN `{0}`")]
    NoSuchPrincipal(String),
    /// No such request, or none that the caller may see.
    #[error(
        "no request of this id is among those that you may see; only the newest part of the audit log is searched"
    )]
    RequestNotFound,
    /// The caller's account has no such identity provider.
    #[error("no OpenID Connect provider has the ARN `{0}`; make it first")]
    NoSuchProvider(String),
    /// Whose rights a federated user has, only its token says.
    #[error(
        "a federated user's rights are known from its session token alone; ask about the user who asked for the token"
    )]
    Federated,
}

impl From<KagibanError> for Fault {
    fn from(error: KagibanError) -> Fault {
        use KagibanError::*;

        let code = match &error {
            InvalidInput(_) | Federated => "InvalidInputException",
            RequestNotFound => "RequestNotFoundException",
            NoSuchPrincipal(_) => "PrincipalNotFoundException",
            NoSuchProvider(_) => "ProviderNotFoundException",
        };
        Fault::sender(code, error.to_string())
    }
}
