//! Patterns with `*` (any run) and `?` (one character), compiled once.
//!
//! Most patterns of real policies are exact, a literal prefix and a `*`, or `*` alone: those compare
//! strings. With several `*` the literal parts are found from left to right. Only `?` needs tokens, which
//! go back to the last `*` at most. So the work is bounded by pattern × subject, never exponential; and
//! since even that can be much, each new try is counted, after which the [`Effort`] may be at its end.

use crate::effort::Effort;

/// One step of a pattern. A wildcard that is meant literally is a `Byte`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Token {
    Byte(u8),
    /// One character.
    One,
    /// Any run of characters, the empty one too.
    Run,
}

/// A compiled pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Glob {
    Any,
    Exact(Box<[u8]>),
    Prefix(Box<[u8]>),
    Parts(Box<Parts>),
    Tokens(Box<[Token]>),
}

/// What stands between the `*`s of a pattern without `?`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Parts {
    first: Box<[u8]>,
    middle: Box<[Box<[u8]>]>,
    last: Box<[u8]>,
}

/// The tokens of a text whose wildcards are live.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    text.bytes().map(|byte| match byte {
        b'*' => Token::Run,
        b'?' => Token::One,
        byte => Token::Byte(byte),
    })
}

/// The tokens of a text that stands for itself.
pub(crate) fn literal(text: &str) -> impl Iterator<Item = Token> + '_ {
    text.bytes().map(Token::Byte)
}

impl Glob {
    /// Compiles a text with live wildcards.
    pub(crate) fn parse(text: &str) -> Glob {
        Self::compile(&tokens(text).collect::<Vec<_>>())
    }

    /// Compiles tokens, choosing the cheapest form.
    pub(crate) fn compile(tokens: &[Token]) -> Glob {
        if tokens.contains(&Token::One) {
            return Glob::Tokens(tokens.into());
        }
        let bytes = |part: &[Token]| {
            part.iter()
                .filter_map(|token| token.byte())
                .collect::<Box<[u8]>>()
        };
        let mut parts: Vec<_> = tokens.split(|token| *token == Token::Run).map(bytes).collect();
        let last = parts.pop().unwrap_or_default();
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else {
            return Glob::Exact(last);
        };
        let middle: Box<[_]> = parts.filter(|part| !part.is_empty()).collect();
        match (first.is_empty(), middle.is_empty() && last.is_empty()) {
            (true, true) => Glob::Any,
            (false, true) => Glob::Prefix(first),
            (_, false) => Glob::Parts(Parts { first, middle, last }.into()),
        }
    }

    /// A pattern for everything that starts with this text.
    pub(crate) fn prefix(text: &str) -> Glob {
        Glob::Prefix(text.as_bytes().into())
    }

    /// Whether the whole subject matches, byte for byte; `false` too if the effort gave up.
    pub(crate) fn matches(&self, subject: &str, effort: &Effort) -> bool {
        self.matches_bytes(subject.as_bytes(), effort)
    }

    /// As [`Glob::matches`]; the bytes are those of a `str`.
    pub(crate) fn matches_bytes(&self, subject: &[u8], effort: &Effort) -> bool {
        match self {
            Glob::Any => true,
            Glob::Exact(text) => text.len() == subject.len() && starts_with(subject, text),
            Glob::Prefix(text) => starts_with(subject, text),
            Glob::Parts(parts) => parts.matches(subject, effort),
            Glob::Tokens(tokens) => run(tokens, subject, effort),
        }
    }
}

/// Names of one service start alike, so the last byte is looked at first: it tells most of them apart
/// without a call.
fn starts_with(subject: &[u8], text: &[u8]) -> bool {
    match text.len().checked_sub(1) {
        None => true,
        Some(last) => subject.get(last) == text.last() && subject.starts_with(text),
    }
}

impl Parts {
    /// Taking each part where it first occurs is enough: what a later place would leave to the parts
    /// after it, the first place leaves, too.
    fn matches(&self, subject: &[u8], effort: &Effort) -> bool {
        let ends = subject
            .strip_prefix(&*self.first)
            .and_then(|rest| rest.strip_suffix(&*self.last));
        let Some(mut rest) = ends else { return false };
        effort.read(rest.len())
            && self.middle.iter().all(|part| {
                let found = find(part, rest, effort);
                rest = found.map_or(&[], |at| &rest[at + part.len()..]);
                found.is_some()
            })
    }
}

/// Where the part first occurs. Looking for its first byte is paid for with the subject, each further
/// look is counted; `None` too if the effort gave up.
fn find(part: &[u8], subject: &[u8], effort: &Effort) -> Option<usize> {
    let mut windows = subject.windows(part.len());
    let is_found = |window: &[u8]| window[0] == part[0] && (!effort.spend(part.len()) || *window == *part);
    let at = windows.position(is_found)?;
    (!effort.gave_up()).then_some(at)
}

impl Token {
    pub(crate) fn byte(self) -> Option<u8> {
        match self {
            Token::Byte(byte) => Some(byte),
            Token::One | Token::Run => None,
        }
    }
}

/// Whether the whole subject matches a pattern that is used once and not worth compiling;
/// `false` too if the effort gave up.
pub(crate) fn matches_tokens(tokens: &[Token], subject: &str, effort: &Effort) -> bool {
    run(tokens, subject.as_bytes(), effort)
}

/// INVARIANT: `at` and `retry` stand at character boundaries whenever a wildcard is taken, since the
/// literal bytes between wildcards are whole characters of a `str`.
fn run(tokens: &[Token], subject: &[u8], effort: &Effort) -> bool {
    if !effort.read(subject.len()) {
        return false;
    }
    let (mut step, mut at) = (0, 0);
    let mut retry = None;
    while at < subject.len() {
        match tokens.get(step) {
            Some(Token::Run) => {
                step += 1;
                retry = Some((step, at));
            }
            Some(Token::One) => {
                at += width(subject[at]);
                step += 1;
            }
            Some(Token::Byte(byte)) if *byte == subject[at] => {
                at += 1;
                step += 1;
            }
            _ => {
                let Some((after, from)) = retry else { return false };
                if !effort.spend(at + 1 - from) {
                    return false;
                }
                let next = from + width(subject[from]);
                retry = Some((after, next));
                (step, at) = (after, next);
            }
        }
    }
    tokens[step..].iter().all(|token| *token == Token::Run)
}

/// Bytes of the UTF-8 character that starts with this one.
fn width(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, subject: &str) -> bool {
        let effort = Effort::new();
        let matched = Glob::parse(pattern).matches(subject, &effort);
        assert!(!effort.gave_up());
        matched
    }

    fn naive(pattern: &[char], subject: &[char]) -> bool {
        match (pattern.first(), subject.first()) {
            (None, None) => true,
            (Some('*'), _) => {
                naive(&pattern[1..], subject) || (!subject.is_empty() && naive(pattern, &subject[1..]))
            }
            (Some('?'), Some(_)) => naive(&pattern[1..], &subject[1..]),
            (Some(a), Some(b)) if a == b => naive(&pattern[1..], &subject[1..]),
            _ => false,
        }
    }

    #[test]
    fn a_question_mark_is_one_character_whatever_its_bytes() {
        assert!(matches("a?c", "aéc"));
        assert!(matches("*?c", "éc"));
        assert!(!matches("a?c", "ac"));
        assert!(!matches("?", "éé"));
    }

    #[test]
    fn common_patterns_compare_strings_only() {
        assert_eq!(Glob::parse("**"), Glob::Any);
        assert_eq!(Glob::parse("a"), Glob::Exact((*b"a").into()));
        assert_eq!(Glob::parse("a*"), Glob::Prefix((*b"a").into()));
        assert!(matches!(Glob::parse("a*b"), Glob::Parts(_)));
        assert!(matches!(Glob::parse("a?b"), Glob::Tokens(_)));
    }

    #[test]
    fn many_stars_stay_quick() {
        assert!(!matches(&"*a".repeat(1000), &"a".repeat(999)));
        assert!(!matches(&format!("{}b", "*a".repeat(500)), &"a".repeat(2000)));
    }

    #[test]
    fn a_pattern_that_tries_too_many_places_is_given_up() {
        let subject = "a".repeat(60_000);
        for pattern in [
            format!("*{}b", "a?".repeat(15_000)),
            format!("*{}b*", "a".repeat(30_000)),
        ] {
            let effort = Effort::new();
            assert!(!Glob::parse(&pattern).matches(&subject, &effort));
            assert!(effort.gave_up());
        }
    }

    #[test]
    fn a_subject_that_is_too_long_is_compared_only_where_that_takes_no_search() {
        let subject = "a".repeat(900_000);
        for (pattern, decided) in [
            ("*", true),
            ("a*", true),
            ("b", true),
            ("*a*", false),
            ("?*", false),
        ] {
            let effort = Effort::new();
            let _ = Glob::parse(pattern).matches(&subject, &effort);
            assert_eq!(!effort.gave_up(), decided, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn the_matcher_agrees_with_a_naive_one(pattern in "[abé*?]{0,8}|[ab*]{0,10}", subject in "[abé]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                matches(&pattern, &subject),
                naive(&chars(&pattern), &chars(&subject))
            );
        }
    }
}
