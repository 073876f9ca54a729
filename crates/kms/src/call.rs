//! KMS as other services call it: the same operations, in process, with the caller's own rights.

use kagiban_aws::Fault;
use kagiban_iam::{Call, Decision, Denial, Operation, Refused, With, authorize};

use crate::{KmsError, View};

/// What a service learns of a refusal: enough to wrap it in an error of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallError {
    /// KMS's code, such as `AccessDeniedException`.
    pub code: &'static str,
    /// KMS's sentence; empty where AWS has none.
    pub message: String,
}

impl From<Fault> for CallError {
    fn from(fault: Fault) -> CallError {
        CallError {
            code: fault.code,
            message: fault.message.unwrap_or_default().into_owned(),
        }
    }
}

impl From<KmsError> for CallError {
    fn from(error: KmsError) -> CallError {
        CallError {
            code: error.code(),
            message: error.to_string(),
        }
    }
}

/// Runs an operation for the caller of another service; `call` already says via which.
///
/// # Errors
///
/// As a client would get them.
pub fn call<O>(
    operation: O,
    call: &Call<'_>,
    view: &View<'_>,
    with: &With<'_>,
) -> Result<Decision<O::Output>, CallError>
where
    O: for<'v> Operation<Error = KmsError, View<'v> = View<'v>>,
{
    match authorize(operation, call, view) {
        Ok(authorized) => Ok(O::decide(authorized, call, view, with)?),
        Err(Refused::Error(error)) => Err(error.into()),
        Err(Refused::Confined(fault)) => Err(fault.into()),
        Err(Refused::Denied(denied)) => Err(match O::refused(&denied) {
            Denial::Because(message) => CallError {
                code: "AccessDeniedException",
                message,
            },
            Denial::As(fault) => fault.into(),
        }),
    }
}
