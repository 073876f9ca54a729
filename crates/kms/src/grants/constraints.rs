//! Which encryption contexts a grant is for.

use std::collections::BTreeMap;

use kagiban_policy::{Context, ContextKey, Values};
use serde::{Deserialize, Serialize};

use crate::{EncryptionContext, KmsError, wire};

/// Pairs of one constraint.
const MAX_PAIRS: usize = 8;

/// Characters of one value.
const MAX_VALUE: usize = 384;

/// What must be true of a request for a grant to count; all of it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Constraints {
    /// The request's whole encryption context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<EncryptionContext>,
    /// What the request's encryption context contains, among other pairs perhaps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subset: Option<EncryptionContext>,
    /// The resource for which a service asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_arn: Option<String>,
}

impl Constraints {
    /// Takes what a request says.
    ///
    /// # Errors
    ///
    /// `Validation` for too many pairs and for values that are too long.
    pub(crate) fn parse(wire: Option<wire::GrantConstraints>) -> Result<Constraints, KmsError> {
        let wire = wire.unwrap_or_default();
        for pairs in [&wire.encryption_context_equals, &wire.encryption_context_subset] {
            demand_limits(pairs.as_ref())?;
        }
        Ok(Constraints {
            equals: wire.encryption_context_equals,
            // To contain nothing in particular is no constraint.
            subset: wire.encryption_context_subset.filter(|pairs| !pairs.is_empty()),
            source_arn: wire.source_arn,
        })
    }

    /// As listings show them; none if there are none.
    pub(crate) fn to_wire(&self) -> Option<wire::GrantConstraints> {
        (*self != Constraints::default()).then(|| wire::GrantConstraints {
            encryption_context_equals: self.equals.clone(),
            encryption_context_subset: self.subset.clone(),
            source_arn: self.source_arn.clone(),
        })
    }

    /// AWS's words for the kinds that there are.
    pub(crate) fn kinds(&self) -> Vec<String> {
        let kinds = [
            (self.equals.is_some(), "EncryptionContextEquals"),
            (self.subset.is_some(), "EncryptionContextSubset"),
            (self.source_arn.is_some(), "SourceArn"),
        ];
        let there = kinds.into_iter().filter(|(there, _)| *there);
        there.map(|(_, kind)| kind.to_owned()).collect()
    }

    /// The pairs that policies may ask for.
    pub(crate) fn pairs(&self) -> EncryptionContext {
        let both = [&self.subset, &self.equals].into_iter().flatten();
        both.flat_map(Clone::clone).collect()
    }

    /// Whether anything is asked of encryption contexts, which only symmetric keys have.
    pub(crate) fn need_context(&self) -> bool {
        self.equals.is_some() || self.subset.is_some()
    }

    /// Whether a request's encryption context is one of those that these are for.
    pub(crate) fn hold(&self, context: &dyn Context) -> bool {
        let request = RequestPairs::of(context);
        let equals = self.equals.as_ref();
        let subset = self.subset.as_ref();
        equals.is_none_or(|pairs| request.are(pairs))
            && subset.is_none_or(|pairs| request.contain(pairs))
            && self.hold_source(context)
    }

    /// Whether a service asks for the right resource, if one is demanded.
    pub(crate) fn hold_source(&self, context: &dyn Context) -> bool {
        let Some(wanted) = &self.source_arn else {
            return true;
        };
        matches!(context.values(&ContextKey::new("aws:sourcearn")), Values::One(arn) if arn == wanted.as_str())
    }

    /// Whether these are at least as strict as `others`: whatever they let pass, the others do.
    pub(crate) fn are_within(&self, others: &Constraints) -> bool {
        let contains = |mine: &Option<EncryptionContext>, pairs: &EncryptionContext| {
            let has =
                |mine: &EncryptionContext| pairs.iter().all(|(key, value)| mine.get(key) == Some(value));
            mine.as_ref().is_some_and(has)
        };
        let equals = others.equals.is_none() || self.equals == others.equals;
        let subset = others
            .subset
            .as_ref()
            .is_none_or(|pairs| contains(&self.equals, pairs) || contains(&self.subset, pairs));
        let source = others.source_arn.is_none() || self.source_arn == others.source_arn;
        equals && subset && source
    }
}

fn demand_limits(pairs: Option<&BTreeMap<String, String>>) -> Result<(), KmsError> {
    let Some(pairs) = pairs else { return Ok(()) };
    // UNSURE: AWS's sentences; the numbers are documented.
    if pairs.len() > MAX_PAIRS {
        return Err(KmsError::Validation(format!(
            "A grant constraint has {} encryption context pairs; at most {MAX_PAIRS} are allowed.",
            pairs.len()
        )));
    }
    if pairs.values().any(|value| value.chars().count() > MAX_VALUE) {
        return Err(KmsError::Validation(format!(
            "A value of a grant constraint has more than {MAX_VALUE} characters."
        )));
    }
    crate::context::parse(Some(pairs.clone())).map(drop)
}

/// A request's encryption context, as its condition keys tell it.
struct RequestPairs<'c> {
    context: &'c dyn Context,
    /// The keys in their own case; none if nobody has told them, as in an explanation.
    keys: Option<Vec<String>>,
}

impl<'c> RequestPairs<'c> {
    fn of(context: &'c dyn Context) -> RequestPairs<'c> {
        let keys = match context.values(&ContextKey::new("kms:encryptioncontextkeys")) {
            Values::Absent => None,
            Values::One(key) => Some(vec![key.into_owned()]),
            Values::Many(keys) => Some(keys.into_iter().map(Into::into).collect()),
        };
        RequestPairs { context, keys }
    }

    fn are(&self, pairs: &EncryptionContext) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.len() == pairs.len()) && self.contain(pairs)
    }

    fn contain(&self, pairs: &EncryptionContext) -> bool {
        pairs.iter().all(|(key, value)| self.has(key, value))
    }

    fn has(&self, key: &str, value: &str) -> bool {
        // A condition key ignores case and a constraint does not. INVARIANT: no context has two keys that
        // differ in case only, so the value is that of the key in the list.
        let listed = self
            .keys
            .as_ref()
            .is_none_or(|keys| keys.iter().any(|listed| listed == key));
        let name = ContextKey::new(&format!("kms:encryptioncontext:{key}"));
        listed && matches!(self.context.values(&name), Values::One(found) if found == value)
    }
}

#[cfg(test)]
mod tests {
    use kagiban_policy::Facts;
    use proptest::prelude::*;

    use super::*;
    use crate::grants::{GrantOperation, Pinned};
    use crate::records::Grant;

    /// Few keys, in two cases, and few values, so that contexts meet.
    fn pairs() -> impl Strategy<Value = EncryptionContext> {
        prop::collection::btree_map("[aAb]", "[xX]", 0..3)
    }

    fn constraints() -> impl Strategy<Value = Constraints> {
        let maybe = || prop::option::of(pairs());
        (maybe(), maybe()).prop_map(|(equals, subset)| Constraints {
            equals,
            subset: subset.filter(|pairs| !pairs.is_empty()),
            source_arn: None,
        })
    }

    fn operations() -> impl Strategy<Value = Vec<GrantOperation>> {
        use GrantOperation::*;
        prop::sample::subsequence(
            vec![Encrypt, Decrypt, CreateGrant, DescribeKey, RetireGrant],
            1..=5,
        )
    }

    /// A request's condition keys, made as the operations make them.
    fn facts(context: &EncryptionContext) -> Facts {
        if context.is_empty() {
            return Facts::new();
        }
        let keys = context.keys().map(String::as_str);
        let facts = Facts::new().with_all("kms:encryptioncontextkeys", keys);
        context.iter().fold(facts, |facts, (key, value)| {
            facts.with(&format!("kms:encryptioncontext:{}", key.to_lowercase()), value)
        })
    }

    /// Contexts that requests may have: no two keys that differ in case only.
    fn contexts() -> impl Strategy<Value = EncryptionContext> {
        pairs().prop_filter("keys differ", |pairs| {
            !(pairs.contains_key("a") && pairs.contains_key("A"))
        })
    }

    fn grant(operations: Vec<GrantOperation>, constraints: Constraints) -> Grant {
        Grant {
            id: "0".repeat(64),
            name: None,
            created: kagiban_aws::Timestamp::from_seconds(0),
            grantee: Pinned::account("111122223333".parse().unwrap()),
            retiring: None,
            issuing_account: "111122223333".parse().unwrap(),
            operations,
            constraints,
            rest: Default::default(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn what_is_passed_on_never_allows_more(
            parent in (operations(), constraints()),
            child in (operations(), constraints()),
            context in contexts(),
        ) {
            let (parent, child) = (grant(parent.0, parent.1), grant(child.0, child.1));
            if parent.may_pass_on(&child.operations, &child.constraints) {
                for operation in GrantOperation::ALL {
                    let facts = facts(&context);
                    prop_assert!(
                        !child.covers(*operation, &facts) || parent.covers(*operation, &facts),
                        "{operation} {context:?}"
                    );
                }
            }
        }

        #[test]
        fn constraints_hold_as_comparing_maps_says(constraints in constraints(), context in contexts()) {
            let contains = |pairs: &EncryptionContext| pairs.iter().all(|(k, v)| context.get(k) == Some(v));
            let expected = constraints.equals.as_ref().is_none_or(|pairs| *pairs == context)
                && constraints.subset.as_ref().is_none_or(contains);
            prop_assert_eq!(constraints.hold(&facts(&context)), expected);
        }
    }

    #[test]
    fn a_grant_can_be_passed_on_as_it_is() {
        let all = vec![GrantOperation::CreateGrant, GrantOperation::Encrypt];
        let strict = Constraints {
            subset: Some([("a".to_owned(), "x".to_owned())].into()),
            ..Constraints::default()
        };
        let parent = grant(all.clone(), strict.clone());
        assert!(parent.may_pass_on(&all, &strict));
        assert!(!parent.may_pass_on(&all, &Constraints::default()));
    }
}
