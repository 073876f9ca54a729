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
        "kagiban" if OF_SYSTEMS_MANAGER.contains(&operation) => Ok(()),
        // The rest of our own service does IAM's work: it reads policies, says whom to trust, and decides
        // about the account.
        "iam" | "kagiban" if !may_call_iam(claims) => Err(Fault::sender(
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

/// What our own service does about parameters and nodes: Systems Manager's work, which IAM does not confine.
const OF_SYSTEMS_MANAGER: [&str; 7] = [
    "AdmitInstance",
    "DeregisterInstance",
    "ListDeletedParameters",
    "PurgeDeletedParameter",
    "RollbackParameter",
    "UndeleteParameter",
    "WatchParameters",
];

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

#[cfg(test)]
mod tests {
    use kagiban_aws::{AccessKeyId, Arn, KeyOrigin, Timestamp};

    use super::*;
    use crate::{Identity, Session};

    /// A session of the root user's.
    fn caller(mfa: bool) -> Caller {
        let account = "111122223333".parse().expect("twelve digits");
        let now = Timestamp::from_seconds(1);
        let claims = SessionClaims {
            mfa: mfa.then_some(now),
            ..SessionClaims::new(account, Bearer::Root, now, 60)
        };
        Caller {
            access_key_id: AccessKeyId::new(KeyOrigin::Temporary, account, [0; 5]),
            account,
            arn: Arn::global("iam", account, format_args!("root")),
            identity: Identity::Root,
            session: Some(Box::new(Session { claims, limits: None })),
        }
    }

    #[test]
    fn our_own_service_is_no_way_round_iam() {
        for action in [
            "iam:ListUsers",
            "kagiban:ExplainAccess",
            "kagiban:PutAccountSetting",
        ] {
            let refused = hold(action, &caller(false)).unwrap_err();
            assert_eq!(refused.code, "InvalidClientTokenId", "{action}");
            assert!(hold(action, &caller(true)).is_ok(), "{action}");
        }
        for action in ["ssm:GetParameter", "kagiban:UndeleteParameter"] {
            assert!(hold(action, &caller(false)).is_ok(), "{action}");
        }
    }
}
