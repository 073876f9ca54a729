//! The `Principal` and `NotPrincipal` elements of resource, trust and key policies.

use std::ops::Range;

use kagiban_aws::{AccountId, Arn};

use crate::json::{Node, Value};
use crate::malformed::MalformedPolicy;
use crate::principal::Principal;
use crate::statement::Effect;

/// Under which heading a principal is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PrincipalType {
    /// The bare `"*"`.
    Everyone,
    /// Accounts, users, roles, sessions.
    Aws,
    /// Service principals.
    Service,
    /// Identity providers.
    Federated,
    /// S3's canonical users, whom nobody here is.
    CanonicalUser,
}

/// One principal as the document writes it.
#[derive(Clone, Debug)]
pub struct WrittenPrincipal {
    /// The heading.
    pub principal_type: PrincipalType,
    /// The principal: `*`, an account number, an ARN, a unique id, a service or provider.
    pub text: Box<str>,
    /// Where the JSON string stands in the policy's text, quotes included.
    pub(crate) span: Range<usize>,
}

/// How closely a resource policy or a grant names the caller; more closely is greater.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Reach {
    /// By the account: a delegation to the account's own policies.
    Account,
    /// By the role of a session or the user behind a federated one: boundary and session policy still limit.
    Role,
    /// By name, or as everybody.
    Direct,
}

/// A compiled `Principal` or `NotPrincipal`.
#[derive(Clone, Debug)]
pub(crate) struct PrincipalElement {
    listed: Box<[Listed]>,
    inverted: bool,
    pub(crate) written: Box<[WrittenPrincipal]>,
}

#[derive(Clone, Debug)]
enum Listed {
    Everyone,
    Account(AccountId),
    /// The ARN of a user, role, role session or federated user.
    Arn(Box<str>),
    /// The unique id of a user or role.
    Id(Box<str>),
    Service(Box<str>),
    Federated(Box<str>),
    Nobody,
}

impl PrincipalElement {
    pub(crate) fn parse(node: &Node, inverted: bool) -> Result<PrincipalElement, MalformedPolicy> {
        let written = written(node)?;
        if written.is_empty() {
            return Err(MalformedPolicy::Syntax);
        }
        let listed = written.iter().map(Listed::parse).collect::<Result<_, _>>()?;
        Ok(PrincipalElement {
            listed,
            inverted,
            written: written.into(),
        })
    }

    /// How the statement's principals cover the caller; `None` if the statement is not about them.
    pub(crate) fn reach(&self, caller: &Principal<'_>, effect: Effect) -> Option<Reach> {
        match (self.inverted, effect) {
            (false, _) => self
                .listed
                .iter()
                .filter_map(|listed| listed.reach(caller, effect))
                .max(),
            (true, Effect::Deny) => (!self.spares(caller)).then_some(Reach::Direct),
            (true, Effect::Allow) => {
                // An ambiguous listing must not grant: any form of being listed is enough to be left out.
                let named = self
                    .listed
                    .iter()
                    .any(|listed| listed.reach(caller, Effect::Deny).is_some());
                (!named).then_some(Reach::Direct)
            }
        }
    }

    /// Whether a `Deny` with `NotPrincipal` leaves the caller alone. An account there stands for its root
    /// user only, and a session is spared only if both its role and its own ARN are listed.
    ///
    /// Source: IAM User Guide, `NotPrincipal`.
    fn spares(&self, caller: &Principal<'_>) -> bool {
        let reaches = |reach| {
            self.listed
                .iter()
                .any(|listed| listed.reach(caller, Effect::Deny) == Some(reach))
        };
        let everyone = self
            .listed
            .iter()
            .any(|listed| matches!(listed, Listed::Everyone));
        match caller {
            Principal::RoleSession { .. } => everyone || (reaches(Reach::Direct) && reaches(Reach::Role)),
            Principal::Root { .. } => everyone || reaches(Reach::Account),
            _ => reaches(Reach::Direct),
        }
    }
}

impl Listed {
    fn parse(written: &WrittenPrincipal) -> Result<Listed, MalformedPolicy> {
        let text = &*written.text;
        Ok(match written.principal_type {
            PrincipalType::Everyone => Listed::Everyone,
            PrincipalType::Service => Listed::Service(text.into()),
            PrincipalType::Federated => Listed::Federated(text.into()),
            PrincipalType::CanonicalUser => Listed::Nobody,
            PrincipalType::Aws => return Listed::aws(text).ok_or_else(|| invalid("AWS", text)),
        })
    }

    /// No wildcards within, and no groups: a group is not somebody who signs.
    fn aws(text: &str) -> Option<Listed> {
        if text == "*" {
            return Some(Listed::Everyone);
        }
        if let Ok(account) = text.parse() {
            return Some(Listed::Account(account));
        }
        if is_unique_id(text) {
            return Some(Listed::Id(text.into()));
        }
        let arn: Arn = text.parse().ok()?;
        let account = arn.account_id()?;
        let (kind, rest) = arn.resource().split_once('/').unwrap_or((arn.resource(), ""));
        match (arn.service(), kind) {
            ("iam", "root") if rest.is_empty() => Some(Listed::Account(account)),
            ("iam", "user" | "role") | ("sts", "assumed-role" | "federated-user")
                if !rest.is_empty() && !text.contains(['*', '?']) =>
            {
                Some(Listed::Arn(text.into()))
            }
            _ => None,
        }
    }

    fn reach(&self, caller: &Principal<'_>, effect: Effect) -> Option<Reach> {
        match (self, caller) {
            // DIFFERS: a bare `*` in a trust policy does not admit everybody whom some identity provider
            // knows, because providers are to be named; a Deny for everybody does include them.
            (Listed::Everyone, Principal::Federated { .. }) => {
                (effect == Effect::Deny).then_some(Reach::Direct)
            }
            (Listed::Everyone, _) => Some(Reach::Direct),
            (Listed::Account(account), caller) => {
                (caller.account() == Some(*account)).then_some(Reach::Account)
            }
            (Listed::Arn(name) | Listed::Id(name), caller) => named(name, caller),
            (Listed::Service(listed), Principal::Service { name }) => {
                (**listed == **name).then_some(Reach::Direct)
            }
            (Listed::Federated(listed), Principal::Federated { provider }) => {
                (**listed == **provider).then_some(Reach::Direct)
            }
            (Listed::Service(_) | Listed::Federated(_) | Listed::Nobody, _) => None,
        }
    }
}

/// How an ARN or a unique id names the caller.
fn named(name: &str, caller: &Principal<'_>) -> Option<Reach> {
    let is = |given: &str, reach| (name == given).then_some(reach);
    match caller {
        Principal::User { arn, id, .. } => is(arn, Reach::Direct).or_else(|| is(id, Reach::Direct)),
        Principal::RoleSession {
            role_arn,
            role_id,
            session_arn,
            ..
        } => is(session_arn, Reach::Direct)
            .or_else(|| is(role_arn, Reach::Role))
            .or_else(|| is(role_id, Reach::Role)),
        Principal::FederatedUser { arn, issuer, .. } => is(arn, Reach::Direct).or_else(|| {
            let (user, id) = (*issuer)?;
            is(user, Reach::Role).or_else(|| is(id, Reach::Role))
        }),
        Principal::Root { .. }
        | Principal::Federated { .. }
        | Principal::Service { .. }
        | Principal::Anonymous => None,
    }
}

/// Ids of users and roles: twenty-one characters in AWS, at least sixteen by its API's own constraint.
fn is_unique_id(text: &str) -> bool {
    (text.starts_with("AIDA") || text.starts_with("AROA"))
        && (16..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn invalid(element: &str, written: &str) -> MalformedPolicy {
    MalformedPolicy::InvalidPrincipal {
        element: element.into(),
        written: written.into(),
    }
}

fn written(node: &Node) -> Result<Vec<WrittenPrincipal>, MalformedPolicy> {
    match &node.value {
        Value::Text(text) if **text == *"*" => Ok(vec![WrittenPrincipal {
            principal_type: PrincipalType::Everyone,
            text: text.clone(),
            span: node.span.clone(),
        }]),
        Value::Object(members) => {
            let mut all = Vec::new();
            for (heading, node) in members {
                under_heading(heading, node, &mut all)?;
            }
            Ok(all)
        }
        _ => Err(MalformedPolicy::Syntax),
    }
}

fn under_heading(heading: &str, node: &Node, all: &mut Vec<WrittenPrincipal>) -> Result<(), MalformedPolicy> {
    let principal_type = match heading {
        "AWS" => PrincipalType::Aws,
        "Service" => PrincipalType::Service,
        "Federated" => PrincipalType::Federated,
        "CanonicalUser" => PrincipalType::CanonicalUser,
        _ => return Err(MalformedPolicy::Syntax),
    };
    let nodes = match &node.value {
        Value::List(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    for node in nodes {
        let Value::Text(text) = &node.value else {
            return Err(MalformedPolicy::Syntax);
        };
        all.push(WrittenPrincipal {
            principal_type,
            text: text.clone(),
            span: node.span.clone(),
        });
    }
    Ok(())
}
