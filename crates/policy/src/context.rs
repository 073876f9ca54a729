//! The circumstances of a request, as conditions and variables see them.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;

/// Where the values of condition keys come from.
///
/// Asked only when a statement that already matches otherwise needs the key, so an implementation may
/// compute values (tags, times, addresses) on demand.
pub trait Context {
    /// The request's values of this key.
    fn values(&self, key: &ContextKey) -> Values<'_>;
}

/// What a request says about one key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Values<'a> {
    /// The request has no such key.
    Absent,
    /// A single-valued key. Times are ISO 8601 or epoch seconds, binary values are base64.
    One(Cow<'a, str>),
    /// A multi-valued key such as `aws:TagKeys`; an empty list counts as absent.
    Many(Vec<Cow<'a, str>>),
}

impl<'a> Values<'a> {
    /// A value that is there as text.
    pub fn text(value: &'a str) -> Values<'a> {
        Values::One(Cow::Borrowed(value))
    }

    /// `true` or `false`.
    pub fn flag(value: bool) -> Values<'a> {
        Values::text(if value { "true" } else { "false" })
    }

    /// A value that may be missing.
    pub fn maybe(value: Option<impl Into<Cow<'a, str>>>) -> Values<'a> {
        value.map_or(Values::Absent, |value| Values::One(value.into()))
    }

    fn borrowed(&self) -> Values<'_> {
        match self {
            Values::Absent => Values::Absent,
            Values::One(value) => Values::text(value),
            Values::Many(values) => {
                Values::Many(values.iter().map(|value| Cow::Borrowed(&**value)).collect())
            }
        }
    }

    pub(crate) fn as_slice(&self) -> &[Cow<'a, str>] {
        match self {
            Values::Absent => &[],
            Values::One(value) => std::slice::from_ref(value),
            Values::Many(values) => values,
        }
    }
}

/// How many keys are remembered. More are rare; the rest is asked for anew each time.
const REMEMBERED: usize = 4;

/// A context that is asked once for each key: many statements ask for the same few, such as the Region.
pub(crate) struct Remembering<'c> {
    context: &'c dyn Context,
    asked: [OnceCell<(Box<str>, Values<'c>)>; REMEMBERED],
}

impl<'c> Remembering<'c> {
    pub(crate) fn new(context: &'c dyn Context) -> Remembering<'c> {
        Remembering {
            context,
            asked: Default::default(),
        }
    }
}

impl Context for Remembering<'_> {
    fn values(&self, key: &ContextKey) -> Values<'_> {
        for asked in &self.asked {
            let ask = || (key.lowered.clone(), self.context.values(key));
            let (known, values) = asked.get_or_init(ask);
            if *known == key.lowered {
                return values.borrowed();
            }
        }
        self.context.values(key)
    }
}

/// The name of a condition key. Names ignore case, the tag's part included, so two spellings are equal.
#[derive(Clone, Debug)]
pub struct ContextKey {
    lowered: Box<str>,
    written: Box<str>,
}

impl ContextKey {
    /// The key of this name, in any case.
    pub fn new(written: &str) -> ContextKey {
        ContextKey {
            lowered: written.to_lowercase().into(),
            written: written.into(),
        }
    }

    /// The name in lower case: what to match on, such as `aws:sourceip`.
    pub fn as_str(&self) -> &str {
        &self.lowered
    }

    /// The name as the policy spells it.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Whether this is the key `prefix` + `name`, as `aws:requesttag/` and a tag's key of any case.
    pub fn names(&self, prefix: &str, name: &str) -> bool {
        self.lowered
            .strip_prefix(prefix)
            .is_some_and(|rest| rest == name || rest.chars().eq(name.chars().flat_map(char::to_lowercase)))
    }
}

impl PartialEq for ContextKey {
    fn eq(&self, other: &ContextKey) -> bool {
        self.lowered == other.lowered
    }
}

impl Eq for ContextKey {}

impl fmt::Display for ContextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// A context that is written down beforehand, as the simulator's is.
#[derive(Clone, Debug, Default)]
pub struct Facts(Vec<(ContextKey, Vec<String>)>);

impl Facts {
    /// No key at all.
    pub fn new() -> Facts {
        Facts::default()
    }

    /// The same facts and one single-valued key.
    #[must_use]
    pub fn with(self, key: &str, value: &str) -> Facts {
        self.with_all(key, [value])
    }

    /// The same facts and one key with these values, replacing what the key had.
    #[must_use]
    pub fn with_all<'a>(mut self, key: &str, values: impl IntoIterator<Item = &'a str>) -> Facts {
        let key = ContextKey::new(key);
        self.0.retain(|(present, _)| *present != key);
        self.0
            .push((key, values.into_iter().map(str::to_owned).collect()));
        self
    }
}

impl Context for Facts {
    fn values(&self, key: &ContextKey) -> Values<'_> {
        match self.0.iter().find(|(present, _)| present == key) {
            None => Values::Absent,
            Some((_, values)) => match values.as_slice() {
                [value] => Values::text(value),
                values => Values::Many(values.iter().map(|value| Cow::Borrowed(value.as_str())).collect()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_names_ignore_case_and_so_do_tags() {
        assert_eq!(ContextKey::new("AWS:UserName"), ContextKey::new("aws:username"));
        assert!(ContextKey::new("aws:RequestTag/Env").names("aws:requesttag/", "eNV"));
        assert!(!ContextKey::new("aws:RequestTag/Env").names("aws:requesttag/", "en"));
    }

    #[test]
    fn what_is_remembered_is_what_was_said_and_the_rest_is_asked_for() {
        let names = ["a", "b", "c", "d", "e", "f"];
        let facts = names
            .into_iter()
            .fold(Facts::new(), |facts, name| facts.with(name, name));
        let facts = facts.with_all("many", ["1", "2"]);
        let remembering = Remembering::new(&facts);
        for name in ["many", "absent"].into_iter().chain(names).chain(["MANY", "F"]) {
            let key = ContextKey::new(name);
            for _ in 0..2 {
                assert_eq!(remembering.values(&key), facts.values(&key), "{name}");
            }
        }
    }

    #[test]
    fn a_key_is_asked_for_once() {
        struct Counted(std::cell::Cell<u32>);
        impl Context for Counted {
            fn values(&self, _: &ContextKey) -> Values<'_> {
                self.0.set(self.0.get() + 1);
                Values::text("x")
            }
        }
        let counted = Counted(0.into());
        let remembering = Remembering::new(&counted);
        for name in ["a", "A", "b", "a", "b"] {
            assert_eq!(remembering.values(&ContextKey::new(name)), Values::text("x"));
        }
        assert_eq!(counted.0.get(), 2);
    }

    #[test]
    fn a_fact_stated_again_replaces_the_first() {
        let facts = Facts::new().with("a", "1").with("A", "2");
        assert_eq!(facts.values(&ContextKey::new("a")), Values::text("2"));
    }
}
