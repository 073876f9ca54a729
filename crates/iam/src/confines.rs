//! What temporary credentials cannot do, whatever the policies say.
//!
//! They must not give themselves a longer life, and those of `GetSessionToken` and
//! `GetFederationToken` must not change who may do what.
//!
//! Source: STS API Reference, `GetSessionToken` and `GetFederationToken`; the sentences are quoted by
//! users of both.

use kagiban_aws::Fault;

use crate::Caller;
use crate::sts::{Bearer, SessionClaims};

/// Refuses what the caller's kind of credentials cannot call.
///
/// # Errors
///
/// AWS's answer, which for IAM is that the token is not valid.
pub(crate) fn hold(action: &'static str, caller: &Caller) -> Result<(), Fault> {
    let (Some(claims), Some((service, operation))) = (caller.claims(), action.split_once(':')) else {
        return Ok(());
    };
    match service {
        "iam" if !may_call_iam(claims) => Err(Fault::sender(
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
        )
        .with_status(403)),
        // UNSURE: AWS's sentence for other operations than GetSessionToken and GetFederationToken.
        "sts" if !may_call_sts(operation, &claims.bearer) => Err(Fault::sender(
            "AccessDenied",
            format!("Cannot call {operation} with session credentials"),
        )
        .with_status(403)),
        _ => Ok(()),
    }
}

fn may_call_iam(claims: &SessionClaims) -> bool {
    match claims.bearer {
        Bearer::Role { .. } => true,
        Bearer::Root | Bearer::User { .. } => claims.mfa.is_some(),
        Bearer::Federated { .. } => false,
    }
}

fn may_call_sts(operation: &str, bearer: &Bearer) -> bool {
    match operation {
        // Another proof than the credentials counts for the latter.
        "GetCallerIdentity" | "AssumeRoleWithWebIdentity" => true,
        "GetSessionToken" | "GetFederationToken" => false,
        "AssumeRole" => !matches!(bearer, Bearer::Federated { .. }),
        _ => matches!(bearer, Bearer::Role { .. }),
    }
}
