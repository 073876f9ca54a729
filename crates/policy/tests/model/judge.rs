//! The second implementation: part B (the language) and part C (the decision) once more, as plainly as
//! they can be said. It works on the data that documents are printed from, shares nothing with the crate
//! but its public names, and is in no hurry.

use kagiban_policy::{PolicyType, Principal, Reach as Named, Rule};

use crate::case::{Document, Element, Policies, Request, Statement};
use crate::conditions::{holds, value_of};
use crate::pattern::{fill, has_variables, like, prefix, same_parts, signs, split};
use crate::people::{Reach, ignores, reach};

/// The outcome, with the kind of policy that is to blame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Allow,
    Explicit(PolicyType),
    Implicit(PolicyType),
}

/// A statement that applies, by the kind of its policy, the place of its document among those, and its
/// own place.
pub(crate) type Applying = (PolicyType, usize, usize);

/// The policies of a request by kind, in the order in which a kind is blamed.
pub(crate) fn by_kind<'p>(policies: &'p Policies, request: &Request) -> [(PolicyType, Vec<&'p Document>); 5] {
    let root = matches!(request.caller, Principal::Root { .. });
    let unless_root = |documents: Vec<&'p Document>| if root { Vec::new() } else { documents };
    [
        (
            PolicyType::ServiceControl,
            policies.control.iter().flatten().collect(),
        ),
        (PolicyType::Resource, policies.resource.iter().collect()),
        (
            PolicyType::Identity,
            unless_root(policies.identity.iter().collect()),
        ),
        (
            PolicyType::Boundary,
            unless_root(policies.boundary.iter().collect()),
        ),
        (PolicyType::Session, policies.session.iter().flatten().collect()),
    ]
}

/// Every statement that applies.
pub(crate) fn applying(policies: &Policies, request: &Request) -> Vec<(Applying, bool)> {
    let mut all = Vec::new();
    for (kind, documents) in by_kind(policies, request) {
        for (place, document) in documents.into_iter().enumerate() {
            for (index, statement) in document.statements.iter().enumerate() {
                if applies(statement, document, request).is_some() {
                    all.push(((kind, place, index), statement.allow));
                }
            }
        }
    }
    all
}

/// Whether one statement applies and has this effect.
pub(crate) fn is_applying(policies: &Policies, request: &Request, place: Applying, allow: bool) -> bool {
    let (kind, document, index) = place;
    let by_kind = by_kind(policies, request);
    let of_kind = by_kind.iter().find(|(found, _)| *found == kind);
    let document = of_kind.and_then(|(_, documents)| documents.get(document));
    document.is_some_and(|document| {
        let statement = &document.statements[index];
        statement.allow == allow && applies(statement, document, request).is_some()
    })
}

pub(crate) fn judge(policies: &Policies, request: &Request) -> Outcome {
    if policies.rule == Rule::Exempt {
        return Outcome::Allow;
    }
    for (kind, documents) in by_kind(policies, request) {
        if documents.iter().any(|d| closest(d, request, false).is_some()) {
            return Outcome::Explicit(kind);
        }
    }
    let levels_allow = policies
        .control
        .iter()
        .all(|level| level.iter().any(|d| closest(d, request, true).is_some()));
    if !levels_allow {
        return Outcome::Implicit(PolicyType::ServiceControl);
    }
    match refusal(policies, request) {
        None => Outcome::Allow,
        Some(kind) => Outcome::Implicit(kind),
    }
}

/// Steps 3 and 4, once nothing denies: the kind of policy that fails to allow.
fn refusal(policies: &Policies, request: &Request) -> Option<PolicyType> {
    let resource = policies
        .resource
        .as_ref()
        .and_then(|document| closest(document, request, true));
    let no_resource = resource.is_none().then_some(PolicyType::Resource);
    match (request.caller.account(), request.foreign) {
        (None, _) => return no_resource,
        (Some(account), Some(foreign)) if (account == crate::draw::account(true)) != foreign => {
            return match policies.granted {
                Some(Named::Direct) => None,
                Some(Named::Role) => limits(policies, request),
                Some(Named::Account) => caller_side(policies, request),
                None => no_resource.or_else(|| caller_side(policies, request)),
            };
        }
        _ => {}
    }
    if resource == Some(Reach::Direct) || policies.granted == Some(Named::Direct) {
        return None;
    }
    if resource == Some(Reach::Role) || policies.granted == Some(Named::Role) {
        return limits(policies, request);
    }
    if resource.is_none() && policies.granted.is_none() && policies.rule != Rule::Ordinary {
        return Some(PolicyType::Resource);
    }
    caller_side(policies, request)
}

/// Identity, then boundary and session.
fn caller_side(policies: &Policies, request: &Request) -> Option<PolicyType> {
    let as_root = matches!(
        request.caller,
        Principal::Root { .. } | Principal::FederatedUser { issuer: None, .. }
    );
    let allowed = policies
        .identity
        .iter()
        .any(|d| closest(d, request, true).is_some());
    if !allowed && !as_root {
        return Some(PolicyType::Identity);
    }
    limits(policies, request)
}

fn limits(policies: &Policies, request: &Request) -> Option<PolicyType> {
    let root = matches!(request.caller, Principal::Root { .. });
    let federated = matches!(request.caller, Principal::FederatedUser { .. });
    let allows = |document: &Document| closest(document, request, true).is_some();
    let boundary = root || policies.boundary.iter().all(allows);
    let session = match &policies.session {
        Some(documents) => documents.iter().any(allows),
        None => !federated,
    };
    match (boundary, session) {
        (false, _) => Some(PolicyType::Boundary),
        (true, false) => Some(PolicyType::Session),
        (true, true) => None,
    }
}

/// How closely the document's statements of this effect reach the caller.
fn closest(document: &Document, request: &Request, allow: bool) -> Option<Reach> {
    let statements = document.statements.iter().filter(|s| s.allow == allow);
    statements.filter_map(|s| applies(s, document, request)).max()
}

fn applies(statement: &Statement, document: &Document, request: &Request) -> Option<Reach> {
    let variables = document.version == Some("2012-10-17");
    let covers = covers_action(&statement.action, request)
        && covers_resource(statement, request, variables)
        && statement
            .conditions
            .iter()
            .all(|condition| holds(condition, request, statement.allow, variables));
    let reach = match &statement.principal {
        None => Some(Reach::Direct),
        Some(element) if element.not => {
            (!ignores(&element.listed, request.caller, statement.allow)).then_some(Reach::Direct)
        }
        Some(element) => {
            let listed = element.listed.iter();
            listed
                .filter_map(|(heading, text)| reach(heading, text, request.caller, statement.allow))
                .max()
        }
    };
    reach.filter(|_| covers)
}

pub(crate) fn covers_action(actions: &Element<String>, request: &Request) -> bool {
    let action = chars(&request.action.to_lowercase());
    let matches = |pattern: &String| like(&signs(&pattern.to_lowercase()), &action);
    actions.listed.iter().any(matches) != actions.not
}

fn covers_resource(statement: &Statement, request: &Request, variables: bool) -> bool {
    let Some(resources) = &statement.resource else {
        return true;
    };
    let matched: Vec<_> = resources
        .listed
        .iter()
        .map(|pattern| covers(pattern, request, variables))
        .collect();
    match (resources.not, statement.allow) {
        (false, _) => matched.contains(&Some(true)),
        (true, false) => !matched.contains(&Some(true)),
        // What nobody can tell must not widen an Allow.
        (true, true) => matched.iter().all(|matched| *matched == Some(false)),
    }
}

/// `None` if a variable that matters has no value.
fn covers(pattern: &str, request: &Request, variables: bool) -> Option<bool> {
    if pattern == "*" {
        return Some(true);
    }
    let arn: Vec<&str> = request.resource.splitn(6, ':').collect();
    if arn.len() < 6 || arn[0] != "arn" {
        return Some(false);
    }
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let last = parts
        .get(5)
        .copied()
        .filter(|last| variables && has_variables(last));
    let Some(last) = last else {
        return Some(same_parts(&split(&signs(pattern))?, &arn));
    };
    let first = parts[..5].join(":");
    if !same_parts(&split(&signs(&format!("{first}:*")))?, &arn) || !arn[5].starts_with(&prefix(last)) {
        return Some(false);
    }
    let filled = fill(last, &|key| value_of(request, key))?;
    Some(like(&filled, &chars(arn[5])))
}

/// A text to hold a pattern against.
fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}
