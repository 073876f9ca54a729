//! Walking the names in order, without touching those that cannot be meant.
//!
//! A listing knows where its names can lie ([`Span`]) and leaps from one such place to the next, so
//! a path's direct children are found without walking the trees below them. What spans cannot say
//! is asked of each parameter; a page gives up after [`STEPS`] leaps and says where it stopped, so
//! no request is long, and a page may be empty and have a successor. AWS's are sometimes, too.

use std::borrow::Cow;

use kagiban_iam::Stored;

use crate::Parameters;
use crate::public;
use crate::records::Parameter;

/// How often a page may leap.
const STEPS: usize = 10_000;

/// Where names can lie; all names here are canonical.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Span {
    /// One name.
    Exactly(String),
    /// All names that begin so.
    Beginning(String),
    /// The names one level below a path that ends in `/`.
    Children(String),
}

impl Span {
    /// The names below a path, `/` itself or one without a trailing slash.
    pub(crate) fn below(path: &str, recursive: bool) -> Span {
        let prefix = format!("{}/", path.trim_end_matches('/'));
        if recursive {
            Span::Beginning(prefix)
        } else {
            Span::Children(prefix)
        }
    }

    /// In words: `/a/**` for all below a path, `/a/*` for one level of it. No name has a `*`.
    pub(crate) fn to_topic(&self) -> String {
        match self {
            Span::Exactly(name) => name.clone(),
            Span::Beginning(prefix) => format!("{prefix}**"),
            Span::Children(prefix) => format!("{prefix}*"),
        }
    }

    /// The span of these words.
    pub(crate) fn of_topic(topic: &str) -> Span {
        if let Some(prefix) = topic.strip_suffix("**") {
            Span::Beginning(prefix.to_owned())
        } else if let Some(prefix) = topic.strip_suffix('*') {
            Span::Children(prefix.to_owned())
        } else {
            Span::Exactly(topic.to_owned())
        }
    }

    /// Whether only public parameters can be meant.
    pub(crate) fn is_public(&self) -> bool {
        let (Span::Exactly(first) | Span::Beginning(first) | Span::Children(first)) = self;
        first.starts_with(public::ROOT)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        match self {
            Span::Exactly(only) => name == only,
            Span::Beginning(prefix) => name.starts_with(prefix.as_str()),
            Span::Children(prefix) => name
                .strip_prefix(prefix.as_str())
                .is_some_and(|rest| !rest.contains('/')),
        }
    }

    /// A lower bound of the span's names that are not below `at`; none if there are no more.
    pub(crate) fn following<'a>(&'a self, at: &'a str) -> Option<Cow<'a, str>> {
        let (Span::Exactly(first) | Span::Beginning(first) | Span::Children(first)) = self;
        if at <= first.as_str() {
            return Some(Cow::Borrowed(first));
        }
        match self {
            Span::Exactly(_) => None,
            Span::Beginning(prefix) => at.starts_with(prefix.as_str()).then_some(Cow::Borrowed(at)),
            Span::Children(prefix) => {
                let level = at.strip_prefix(prefix.as_str())?;
                Some(match level.split_once('/') {
                    // `0` is the character after `/`: the first that is not in that tree.
                    Some((tree, _)) => Cow::Owned(format!("{prefix}{tree}0")),
                    None => Cow::Borrowed(at),
                })
            }
        }
    }
}

/// Some parameters in the order of their names.
#[derive(Debug, Default)]
pub(crate) struct Found<'s> {
    pub(crate) parameters: Vec<&'s Stored<Parameter>>,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
}

/// The first `most` parameters at or after `from` that lie in a span and `matches` accepts.
pub(crate) fn walk<'s>(
    parameters: &'s Parameters,
    spans: &[Span],
    from: &str,
    most: usize,
    matches: impl Fn(&str, &Parameter) -> bool,
) -> Found<'s> {
    let mut found = Found::default();
    let mut at = from.to_owned();
    for _ in 0..STEPS {
        let Some(bound) = spans.iter().filter_map(|span| span.following(&at)).min() else {
            return found;
        };
        let Some((name, parameter)) = parameters.at_or_after(&bound) else {
            return found;
        };
        let meant = spans.iter().any(|span| span.contains(name));
        if meant && matches(name, parameter) {
            if found.parameters.len() == most {
                found.next = Some(name.to_owned());
                return found;
            }
            found.parameters.push(parameter);
        }
        // What no span contains is skipped by the next leap from it.
        at = if meant {
            format!("{name}\0")
        } else {
            name.to_owned()
        };
    }
    found.next = Some(at);
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn children(path: &str) -> Span {
        Span::below(path, false)
    }

    #[test]
    fn a_tree_below_a_path_is_leapt_over_in_one() {
        assert_eq!(children("/a").following("/a/m/x"), Some("/a/m0".into()));
        assert_eq!(children("/a").following("/a/m"), Some("/a/m".into()));
        assert_eq!(children("/a").following("/"), Some("/a/".into()));
        assert_eq!(children("/a").following("/b"), None);
    }

    #[test]
    fn a_path_does_not_contain_itself() {
        for path in ["/a", "/a/"] {
            assert!(!Span::below(path, true).contains("/a"));
            assert!(Span::below(path, true).contains("/a/b/c"));
            assert!(!children(path).contains("/a/b/c"));
        }
        assert!(children("/").contains("/x"));
    }

    proptest! {
        #[test]
        fn no_leap_passes_over_a_name_that_is_meant(
            kind in 0..3,
            place in "(/[ab0-]{0,2}){1,3}",
            at in "(/[ab0-]{0,2}){0,4}",
            name in "(/[ab0-]{1,2}){1,4}",
        ) {
            let span = match kind {
                0 => Span::Exactly(place),
                1 => Span::Beginning(place),
                _ => children(&place),
            };
            if span.contains(&name) && at <= name {
                let bound = span.following(&at);
                prop_assert!(bound.is_some_and(|bound| *at <= *bound && *bound <= *name));
            }
        }
    }
}
