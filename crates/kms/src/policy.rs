//! Key policies, as they are written: well-formed, of principals that exist, and not locking their
//! writer out.

use kagiban_aws::AccountId;
use kagiban_iam::document::KeyPolicy;
use kagiban_iam::{Call, Requirement, allowed, principals};
use kagiban_policy::{MalformedPolicy, Rule};

use crate::view::arn;
use crate::{KmsError, View};

/// KMS's limit, in bytes.
const MAX_LEN: usize = 32_768;

const INVALID_PRINCIPALS: &str = "Policy contains a statement with one or more invalid principals.";

/// The policy of keys that are made without one: the account's own policies decide.
pub(crate) fn default(account: AccountId) -> KeyPolicy {
    let text = format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {{
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "arn:aws:iam::{account}:root"
    }},
    "Action" : "kms:*",
    "Resource" : "*"
  }} ]
}}"#
    );
    KeyPolicy::parse(&text).expect("the text above is a key policy")
}

/// Compiles a key policy that a caller wrote.
///
/// # Errors
///
/// `MalformedPolicy`.
pub(crate) fn parse(text: &str) -> Result<KeyPolicy, KmsError> {
    if text.len() > MAX_LEN {
        return Err(KmsError::LimitExceeded(format!(
            "Policy size exceeds the limit of {MAX_LEN} bytes."
        )));
    }
    let policy = KeyPolicy::parse(text).map_err(malformed)?;
    policy.demand_version().map_err(malformed)?;
    Ok(policy)
}

/// KMS has a sentence of its own for principals; the others are IAM's.
fn malformed(malformed: MalformedPolicy) -> KmsError {
    KmsError::MalformedPolicy(match malformed {
        MalformedPolicy::InvalidPrincipal { .. } => INVALID_PRINCIPALS.to_owned(),
        other => other.to_string(),
    })
}

/// Refuses a policy of principals that do not exist, and one under which its writer could not
/// write another. What comes back names users and roles by their unique ids, so that a namesake
/// made later has no part in it.
///
/// # Errors
///
/// `MalformedPolicy`, in AWS's words.
pub(crate) fn accept(
    policy: &KeyPolicy,
    key_id: &str,
    bypass: bool,
    call: &Call<'_>,
    view: &View<'_>,
) -> Result<KeyPolicy, KmsError> {
    let pinned = principals::pin(policy, view.iam).map_err(malformed)?;
    let pinned = KeyPolicy::parse(&pinned).map_err(malformed)?;
    let update = Requirement::on("kms:PutKeyPolicy", arn(call.scope, key_id), call.scope.account)
        .under(pinned.shared(), Rule::KeyPolicy)
        .when("kms:calleraccount", call.caller.account.to_string());
    if !bypass && allowed(&update, call, view.iam).is_err() {
        let text = "The new key policy will not allow you to update the key policy in the future.";
        return Err(KmsError::MalformedPolicy(text.to_owned()));
    }
    Ok(pinned)
}
