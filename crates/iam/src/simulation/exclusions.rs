//! `PolicyExclusionList`: what would be decided if a policy were removed.

use kagiban_aws::Arn;

use super::scenario::invalid;
use crate::IamError;
use crate::wire::{PolicyIdentifier, policy_identifier_policy_type as types};

/// Which of an entity's policies do not count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exclusions(Vec<Exclusion>);

#[derive(Clone, Debug)]
enum Exclusion {
    Type(String),
    Managed(String),
    Inline {
        policy: String,
        kind: String,
        owner: String,
    },
}

impl Exclusions {
    /// # Errors
    ///
    /// `InvalidInput` for what identifies nothing, or more than one thing. UNSURE: AWS's sentences.
    pub(crate) fn parse(identifiers: Option<Vec<PolicyIdentifier>>) -> Result<Exclusions, IamError> {
        let identifiers = identifiers.unwrap_or_default();
        identifiers
            .into_iter()
            .map(exclusion)
            .collect::<Result<_, _>>()
            .map(Exclusions)
    }

    /// Whether a policy, by its name or ARN, of an entity does not count.
    pub(super) fn cover(&self, source: &str, noun: &str, owner: &str) -> bool {
        self.0.iter().any(|exclusion| match exclusion {
            Exclusion::Type(kind) => kind == kind_of(source),
            Exclusion::Managed(pattern) => matches(pattern.as_bytes(), source.as_bytes()),
            Exclusion::Inline {
                policy,
                kind,
                owner: pattern,
            } => policy == source && kind == noun && matches(pattern.as_bytes(), owner.as_bytes()),
        })
    }

    /// Whether the permissions boundary does not count.
    pub(super) fn cover_boundary(&self) -> bool {
        let boundary = |exclusion: &Exclusion| matches!(exclusion, Exclusion::Type(kind) if kind == types::PERMISSION_BOUNDARY);
        self.0.iter().any(boundary)
    }
}

fn exclusion(identifier: PolicyIdentifier) -> Result<Exclusion, IamError> {
    match (
        identifier.policy_type,
        identifier.policy_arn,
        identifier.inline_policy_identifier,
    ) {
        (Some(kind), None, None) => Ok(Exclusion::Type(kind)),
        (None, Some(arn), None) => managed(arn),
        (None, None, Some(inline)) => Ok(Exclusion::Inline {
            policy: inline.policy_name.unwrap_or_default(),
            kind: inline.attachment_type.unwrap_or_default().to_lowercase(),
            owner: inline.attachment_name.unwrap_or_default(),
        }),
        _ => invalid(
            "A policy identifier has exactly one of PolicyType, PolicyArn and InlinePolicyIdentifier."
                .to_owned(),
        ),
    }
}

/// Wildcards are for the name, and `*` for once.
fn managed(arn: String) -> Result<Exclusion, IamError> {
    let parsed: Option<Arn> = arn.parse().ok();
    let policy = parsed
        .as_ref()
        .filter(|arn| arn.service() == "iam" && arn.resource().starts_with("policy/"));
    let before = policy.map_or("*", |policy| &arn[..arn.len() - policy.resource().len()]);
    if before.contains(['*', '?']) || arn.matches('*').count() > 1 {
        return invalid(format!("The policy ARN {arn} cannot be excluded."));
    }
    Ok(Exclusion::Managed(arn))
}

fn kind_of(source: &str) -> &'static str {
    match source.split(':').nth(4) {
        None => types::INLINE,
        Some("aws") => types::AWS_MANAGED,
        Some(_) => types::USER_MANAGED,
    }
}

/// `*` for any run and `?` for one character; goes back to the last `*` at most.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                None => return false,
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_have_wildcards() {
        for (pattern, text, expected) in [
            (
                "arn:aws:iam::aws:policy/Read*",
                "arn:aws:iam::aws:policy/ReadOnlyAccess",
                true,
            ),
            (
                "arn:aws:iam::aws:policy/Read*",
                "arn:aws:iam::aws:policy/IAMReadOnlyAccess",
                false,
            ),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "", true),
        ] {
            assert_eq!(
                matches(pattern.as_bytes(), text.as_bytes()),
                expected,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn what_could_mean_anything_is_refused() {
        for arn in [
            "x",
            "arn:aws:iam::*:policy/x",
            "arn:aws:iam::aws:role/x",
            "arn:aws:iam::aws:policy/*x*",
        ] {
            let identifier = PolicyIdentifier {
                policy_arn: Some(arn.to_owned()),
                ..Default::default()
            };
            assert!(Exclusions::parse(Some(vec![identifier])).is_err(), "{arn}");
        }
        assert!(Exclusions::parse(Some(vec![PolicyIdentifier::default()])).is_err());
    }
}
