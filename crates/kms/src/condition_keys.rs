//! The condition keys of KMS, told when a policy asks for one.
//!
//! Source: Service Authorization Reference, "Condition keys for AWS KMS".

use std::borrow::Cow;
use std::sync::Arc;

use imbl::OrdSet;
use kagiban_aws::{AccountId, Region};
use kagiban_iam::records::Tag;
use kagiban_iam::{Call, Particulars};
use kagiban_policy::Values;

use crate::{EncryptionContext, Found, records};

/// What policies may ask about a key, and about who wants something with it.
#[derive(Debug)]
pub(crate) struct KeyParticulars {
    key: Arc<records::Key>,
    region: Region,
    alias: Option<String>,
    names: OrdSet<Box<str>>,
    caller: AccountId,
    via: Option<(&'static str, Region)>,
}

/// All but the tags.
const NAMES: [&str; 11] = [
    "kms:calleraccount",
    "kms:keyspec",
    "kms:keyusage",
    "kms:customermasterkeyspec",
    "kms:customermasterkeyusage",
    "kms:keyorigin",
    "kms:multiregion",
    "kms:multiregionkeytype",
    "kms:viaservice",
    "kms:requestalias",
    "kms:resourcealiases",
];

const TAG: &str = "aws:resourcetag/";

impl KeyParticulars {
    pub(crate) fn of(found: &Found, call: &Call<'_>) -> KeyParticulars {
        KeyParticulars {
            key: found.key.clone(),
            region: found.scope.region,
            alias: found.alias.clone(),
            names: found.names.clone(),
            caller: call.caller.account,
            via: call.via.map(|service| (service, call.scope.region)),
        }
    }

    fn tag(&self, lowered: &str) -> Option<&Tag> {
        self.key.tags.iter().find(|tag| is_lowered(&tag.key, lowered))
    }
}

impl Particulars for KeyParticulars {
    fn value(&self, key: &str) -> Option<Values<'_>> {
        if let Some(tag) = key.strip_prefix(TAG) {
            return self.tag(tag).map(|tag| Values::text(&tag.value));
        }
        match key.strip_prefix("kms:")? {
            "calleraccount" => Some(Values::One(self.caller.to_string().into())),
            "keyspec" | "customermasterkeyspec" => Some(Values::text(self.key.spec.as_str())),
            "keyusage" | "customermasterkeyusage" => Some(Values::text(self.key.usage.as_str())),
            "keyorigin" => Some(Values::text(self.key.origin.as_str())),
            "multiregion" => Some(Values::flag(self.key.multi_region.is_some())),
            "multiregionkeytype" => {
                let regions = self.key.multi_region.as_ref()?;
                Some(Values::text(regions.role_of(self.region)))
            }
            "viaservice" => {
                let (service, region) = self.via?;
                Some(Values::One(format!("{service}.{region}.amazonaws.com").into()))
            }
            "requestalias" => self.alias.as_deref().map(Values::text),
            "resourcealiases" => many(self.names.iter().map(AsRef::as_ref)),
            _ => None,
        }
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let there = NAMES.into_iter().filter(|name| self.value(name).is_some());
        let tags = self.key.tags.iter();
        there
            .map(Cow::Borrowed)
            .chain(tags.map(|tag| format!("{TAG}{}", tag.key.to_lowercase()).into()))
            .collect()
    }
}

/// What policies may ask of an encryption context.
#[derive(Debug)]
pub(crate) struct ContextParticulars {
    context: Arc<EncryptionContext>,
    /// The same by keys in lower case.
    lowered: Arc<EncryptionContext>,
}

const CONTEXT: &str = "kms:encryptioncontext:";
const CONTEXT_KEYS: &str = "kms:encryptioncontextkeys";

impl ContextParticulars {
    pub(crate) fn of(context: Arc<EncryptionContext>) -> ContextParticulars {
        let lowered = match context.keys().all(|key| is_in_lower_case(key)) {
            true => context.clone(),
            false => Arc::new(lowered(&context)),
        };
        ContextParticulars { context, lowered }
    }
}

impl Particulars for ContextParticulars {
    fn value(&self, key: &str) -> Option<Values<'_>> {
        if key == CONTEXT_KEYS {
            return many(self.context.keys().map(String::as_str));
        }
        let value = self.lowered.get(key.strip_prefix(CONTEXT)?)?;
        Some(Values::text(value))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let pairs = self.lowered.keys().map(|key| format!("{CONTEXT}{key}").into());
        let keys = (!self.context.is_empty()).then_some(Cow::Borrowed(CONTEXT_KEYS));
        pairs.chain(keys).collect()
    }
}

/// Of keys that differ in case only, the first counts: a grant's two constraints may have such.
fn lowered(context: &EncryptionContext) -> EncryptionContext {
    let mut lowered = EncryptionContext::new();
    for (key, value) in context {
        lowered.entry(key.to_lowercase()).or_insert_with(|| value.clone());
    }
    lowered
}

/// Several values; a key without any is not there.
fn many<'v>(values: impl Iterator<Item = &'v str>) -> Option<Values<'v>> {
    let values: Vec<_> = values.map(Cow::Borrowed).collect();
    (!values.is_empty()).then_some(Values::Many(values))
}

/// Whether a text has no capital letters, of any script.
pub(crate) fn is_in_lower_case(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) || text.to_lowercase() == text
}

/// Whether a text is `lowered` in lower case.
fn is_lowered(text: &str, lowered: &str) -> bool {
    match text.is_ascii() {
        true => text.eq_ignore_ascii_case(lowered),
        false => text.to_lowercase() == lowered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(pairs: &[(&str, &str)]) -> ContextParticulars {
        let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        ContextParticulars::of(Arc::new(pairs.collect()))
    }

    #[test]
    fn a_contexts_keys_are_asked_for_in_lower_case_and_listed_in_their_own() {
        let context = context(&[("App", "x"), ("ÉTAT", "y"), ("b", "z")]);
        for (key, value) in [("app", "x"), ("état", "y"), ("b", "z")] {
            let found = context.value(&format!("{CONTEXT}{key}"));
            assert_eq!(found, Some(Values::text(value)), "{key}");
        }
        assert_eq!(context.value("kms:encryptioncontext:App"), None);
        let keys = ["App", "b", "ÉTAT"].map(Cow::Borrowed).to_vec();
        assert_eq!(context.value(CONTEXT_KEYS), Some(Values::Many(keys)));
        assert!(context.names().iter().all(|name| context.value(name).is_some()));
        assert_eq!(context.names().len(), 4);
    }

    #[test]
    fn an_empty_context_tells_nothing() {
        assert_eq!(context(&[]).value(CONTEXT_KEYS), None);
        assert!(context(&[]).names().is_empty());
    }

    #[test]
    fn lower_case_is_that_of_the_policies() {
        for (text, lowered) in [("Team", "team"), ("ΟΔΟΣ", "οδος"), ("\u{212A}", "k"), ("é", "é")] {
            assert!(is_lowered(text, lowered), "{text}");
            assert!(is_in_lower_case(lowered), "{lowered}");
        }
        assert!(!is_lowered("team", "teams"));
        assert!(!is_in_lower_case("aB"));
        assert!(!is_in_lower_case("É"));
    }
}
