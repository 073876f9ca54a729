//! Patterns with `*` (any run) and `?` (one character), compiled once.
//!
//! Most patterns of real policies are exact, a literal prefix and a `*`, or `*` alone: those compare
//! strings. The rest runs over tokens, going back only to the last `*`, so the work is bounded by
//! pattern × subject, never exponential.

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
    Tokens(Box<[Token]>),
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
        let plain: Vec<u8> = tokens.iter().map_while(|token| token.byte()).collect();
        let rest = &tokens[plain.len()..];
        match rest {
            [] => Glob::Exact(plain.into()),
            rest if rest.iter().all(|token| *token == Token::Run) => match plain.is_empty() {
                true => Glob::Any,
                false => Glob::Prefix(plain.into()),
            },
            _ => Glob::Tokens(tokens.into()),
        }
    }

    /// Whether the whole subject matches, byte for byte.
    pub(crate) fn matches(&self, subject: &str) -> bool {
        let subject = subject.as_bytes();
        match self {
            Glob::Any => true,
            Glob::Exact(text) => **text == *subject,
            Glob::Prefix(text) => subject.starts_with(text),
            Glob::Tokens(tokens) => run(tokens, subject, |a, b| a == b),
        }
    }

    /// Whether the whole subject matches, ASCII case aside.
    pub(crate) fn matches_ignoring_case(&self, subject: &str) -> bool {
        let subject = subject.as_bytes();
        match self {
            Glob::Any => true,
            Glob::Exact(text) => text.eq_ignore_ascii_case(subject),
            Glob::Prefix(text) => subject
                .get(..text.len())
                .is_some_and(|head| text.eq_ignore_ascii_case(head)),
            Glob::Tokens(tokens) => run(tokens, subject, |a, b| a.eq_ignore_ascii_case(&b)),
        }
    }
}

impl Token {
    pub(crate) fn byte(self) -> Option<u8> {
        match self {
            Token::Byte(byte) => Some(byte),
            Token::One | Token::Run => None,
        }
    }
}

/// INVARIANT: `at` and `retry` stand at character boundaries whenever a wildcard is taken, since the
/// literal bytes between wildcards are whole characters of a `str`.
fn run(tokens: &[Token], subject: &[u8], same: impl Fn(u8, u8) -> bool) -> bool {
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
            Some(Token::Byte(byte)) if same(*byte, subject[at]) => {
                at += 1;
                step += 1;
            }
            _ => {
                let Some((after, from)) = retry else { return false };
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
        assert!(Glob::parse("a?c").matches("aéc"));
        assert!(Glob::parse("*?c").matches("éc"));
        assert!(!Glob::parse("a?c").matches("ac"));
        assert!(!Glob::parse("?").matches("éé"));
    }

    #[test]
    fn common_patterns_compare_strings_only() {
        assert_eq!(Glob::parse("**"), Glob::Any);
        assert_eq!(Glob::parse("a"), Glob::Exact((*b"a").into()));
        assert_eq!(Glob::parse("a*"), Glob::Prefix((*b"a").into()));
        assert!(matches!(Glob::parse("a*b"), Glob::Tokens(_)));
    }

    #[test]
    fn many_stars_stay_quick() {
        let pattern = Glob::parse(&"*a".repeat(1000));
        assert!(!pattern.matches(&"a".repeat(999)));
        assert!(!Glob::parse(&format!("{}b", "*a".repeat(500))).matches(&"a".repeat(2000)));
    }

    proptest! {
        #[test]
        fn the_matcher_agrees_with_a_naive_one(pattern in "[abé*?]{0,8}", subject in "[abé]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                Glob::parse(&pattern).matches(&subject),
                naive(&chars(&pattern), &chars(&subject))
            );
        }

        #[test]
        fn case_is_folded_on_request(pattern in "[abAB*?]{0,8}", subject in "[abAB]{0,10}") {
            prop_assert_eq!(
                Glob::parse(&pattern).matches_ignoring_case(&subject),
                Glob::parse(&pattern.to_lowercase()).matches(&subject.to_lowercase())
            );
        }
    }
}
