//! The principals that a trust or key policy names: they have to exist when it is written.

use kagiban_aws::Arn;
use kagiban_policy::{Policy, PrincipalType, WrittenPrincipal};

use crate::State;

/// The first principal of a policy that nobody is: none means that all of them exist.
///
/// Accounts that this server does not keep, services and identity providers are taken on trust.
pub fn missing<'p>(policy: &'p Policy, state: &State) -> Option<&'p WrittenPrincipal> {
    policy
        .principals()
        .find(|written| written.principal_type == PrincipalType::Aws && !exists(&written.text, state))
}

fn exists(text: &str, state: &State) -> bool {
    let Ok(arn) = text.parse::<Arn>() else {
        return text == "*" || text.len() == 12 || text.starts_with("AIDA") || text.starts_with("AROA");
    };
    let Some(account) = arn.account_id() else {
        return false;
    };
    let Some(account) = state.account(account) else {
        return true;
    };
    match arn.resource().split_once('/') {
        None => arn.resource() == "root",
        Some(("user", _)) => account
            .user(last(&arn))
            .is_some_and(|user| arn == user.arn(own(&arn))),
        Some(("role", _)) => account
            .role(last(&arn))
            .is_some_and(|role| arn == role.arn(own(&arn))),
        Some(("assumed-role", session)) => session
            .split('/')
            .next()
            .is_some_and(|role| account.role(role).is_some()),
        Some(_) => true,
    }
}

fn last(arn: &Arn) -> &str {
    arn.resource().rsplit('/').next().unwrap_or_default()
}

fn own(arn: &Arn) -> kagiban_aws::AccountId {
    arn.account_id().expect("looked at above")
}
