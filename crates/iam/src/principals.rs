//! Principals that a resource's policy names: they must exist, and are pinned by unique id.
//!
//! A trust or key policy that names `user/alice` means the alice of that day. So the ARNs in its
//! `Principal` elements are stored as unique ids, and shown as ARNs as long as the user or role
//! lives; afterwards the bare id shows, and a namesake made later has no part in it.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal".

use kagiban_aws::Arn;
use kagiban_policy::{MalformedPolicy, Policy, PrincipalType, WrittenPrincipal};

use crate::State;

/// The text of a policy as it is to be stored: users and roles by unique id.
///
/// # Errors
///
/// [`MalformedPolicy::InvalidPrincipal`] for a user, role or session of a role that does not exist,
/// and for an id whose bearer is gone.
//
// DIFFERS: accounts need not be kept here, because nobody from an account that is not can sign;
// templates that name an account of AWS's or of a vendor's would fail otherwise.
pub fn pin(policy: &Policy, state: &State) -> Result<String, MalformedPolicy> {
    if let Some(unknown) = policy.principals().find(|written| !exists(written, state)) {
        return Err(MalformedPolicy::InvalidPrincipal {
            element: "AWS".into(),
            written: unknown.text.clone(),
        });
    }
    Ok(policy.with_principals(|written| {
        let arn = entity(written)?;
        state.id_of_arn(&arn).map(str::to_owned)
    }))
}

/// The text of a stored policy as it is to be shown: unique ids as the ARNs of whoever bears them.
pub fn shown(policy: &Policy, state: &State) -> String {
    policy.with_principals(|written| match written.principal_type {
        PrincipalType::Aws => state.arn_of_id(&written.text).map(String::from),
        _ => None,
    })
}

/// The ARN of a user or role, if that is what is written.
fn entity(written: &WrittenPrincipal) -> Option<Arn> {
    let arn: Arn = (written.principal_type == PrincipalType::Aws)
        .then(|| written.text.parse().ok())
        .flatten()?;
    let names = arn.service() == "iam" && arn.resource() != "root";
    names.then_some(arn)
}

fn exists(written: &WrittenPrincipal, state: &State) -> bool {
    if written.principal_type != PrincipalType::Aws {
        return true; // AWS's services and identity providers are not kept here
    }
    match written.text.parse::<Arn>() {
        Ok(arn) if arn.resource() == "root" => true,
        Ok(arn) if arn.service() == "sts" => session_can_be(&arn, state),
        Ok(arn) => state.id_of_arn(&arn).is_some(),
        Err(_) if written.text.starts_with('A') => state.arn_of_id(&written.text).is_some(),
        Err(_) => true, // everybody, or an account's number
    }
}

/// Whether a session's role exists. The session itself need not: it may begin at any time.
// UNSURE: whether AWS pins the role of a session's ARN; here the ARN is stored as it is.
fn session_can_be(arn: &Arn, state: &State) -> bool {
    let mut parts = arn.resource().split('/');
    match (parts.next(), parts.next()) {
        (Some("assumed-role"), Some(role)) => arn
            .account_id()
            .and_then(|id| state.account(id))
            .is_some_and(|account| account.role(role).is_some_and(|kept| kept.name == role)),
        _ => true,
    }
}
