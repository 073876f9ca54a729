//! Whom a `Principal` element is about.

use kagiban_policy::Principal;

/// How closely a resource policy reaches a caller.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Reach {
    Account,
    Role,
    Direct,
}

/// How one listed principal reaches the caller. An empty heading is the bare `*`.
pub(crate) fn reach(heading: &str, text: &str, caller: Principal<'_>, allow: bool) -> Option<Reach> {
    let everybody = heading.is_empty() || (heading == "AWS" && text == "*");
    if everybody {
        let vouched = matches!(caller, Principal::Federated { .. });
        return (!(allow && vouched)).then_some(Reach::Direct);
    }
    let names: Vec<(&str, Reach)> = match (heading, caller) {
        ("AWS", Principal::User { arn, id, .. }) => vec![(arn, Reach::Direct), (id, Reach::Direct)],
        (
            "AWS",
            Principal::RoleSession {
                role_arn,
                role_id,
                session_arn,
                ..
            },
        ) => vec![
            (session_arn, Reach::Direct),
            (role_arn, Reach::Role),
            (role_id, Reach::Role),
        ],
        ("AWS", Principal::FederatedUser { arn, issuer, .. }) => {
            let (user, id) = issuer.unwrap_or((arn, arn));
            vec![(arn, Reach::Direct), (user, Reach::Role), (id, Reach::Role)]
        }
        ("Service", Principal::Service { name }) => vec![(name, Reach::Direct)],
        ("Federated", Principal::Federated { provider }) => vec![(provider, Reach::Direct)],
        _ => Vec::new(),
    };
    let named = names
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, reach)| *reach);
    named.or_else(|| (heading == "AWS" && is_account(text, caller)).then_some(Reach::Account))
}

fn is_account(text: &str, caller: Principal<'_>) -> bool {
    let account = caller.account().map(|account| account.to_string());
    account.is_some_and(|account| text == account || text == format!("arn:aws:iam::{account}:root"))
}

/// Whether a `NotPrincipal` with this list leaves the caller alone.
pub(crate) fn ignores(listed: &[(&str, String)], caller: Principal<'_>, allow: bool) -> bool {
    let reaches: Vec<Reach> = listed
        .iter()
        .filter_map(|(heading, text)| reach(heading, text, caller, false))
        .collect();
    if allow {
        return !reaches.is_empty(); // any form of being listed keeps somebody from being granted
    }
    let everybody = listed
        .iter()
        .any(|(heading, text)| heading.is_empty() || text == "*");
    match caller {
        _ if everybody => true,
        Principal::RoleSession { .. } => reaches.contains(&Reach::Direct) && reaches.contains(&Reach::Role),
        Principal::Root { .. } => reaches.contains(&Reach::Account),
        _ => reaches.contains(&Reach::Direct),
    }
}
