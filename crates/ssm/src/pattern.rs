//! AllowedPattern: what a parameter's values must look like.
//
// DIFFERS: AWS takes Java's regular expressions. Look-around, back-references and possessive
// quantifiers are refused here, because a caller's pattern must not be able to take more than linear
// time; `\d`, `\w` and `\s` know all of Unicode, where Java's know ASCII.

use regex::{Regex, RegexBuilder};

use crate::ParameterError;
use crate::records::ParameterType;

/// Bytes that a compiled pattern may take: enough for any sensible one of 1024 characters.
const MAX_COMPILED: usize = 1 << 20;
/// Levels of nesting.
const MAX_DEPTH: u32 = 50;

/// A pattern that has been compiled.
#[derive(Clone, Debug)]
pub(crate) struct AllowedPattern {
    text: Box<str>,
    whole: Regex,
}

impl AllowedPattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// `InvalidAllowedPattern`.
    pub(crate) fn parse(text: &str) -> Result<AllowedPattern, ParameterError> {
        // Alone first: `a)|(?:b` must not find its other half in what is put around it.
        compile(text)?;
        let whole = compile(&format!(r"\A(?:{text})\z"))?;
        Ok(AllowedPattern {
            text: text.into(),
            whole,
        })
    }

    /// Whether a text as a whole is as the pattern has it.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.whole.is_match(text)
    }

    /// Holds a value against the pattern: the whole of it, or of each item of a list.
    ///
    /// # Errors
    ///
    /// `PatternMismatch`.
    pub(crate) fn hold(&self, kind: ParameterType, value: &str) -> Result<(), ParameterError> {
        let matches = match kind {
            ParameterType::String | ParameterType::SecureString => self.whole.is_match(value),
            ParameterType::StringList => value.split(',').all(|item| self.whole.is_match(item)),
        };
        if matches {
            Ok(())
        } else {
            Err(ParameterError::PatternMismatch(self.text.to_string()))
        }
    }
}

fn compile(text: &str) -> Result<Regex, ParameterError> {
    let compiled = RegexBuilder::new(text)
        .size_limit(MAX_COMPILED)
        .nest_limit(MAX_DEPTH)
        .build();
    compiled.map_err(|_| ParameterError::InvalidAllowedPattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(pattern: &str, kind: ParameterType, value: &str) -> Result<(), ParameterError> {
        AllowedPattern::parse(pattern)?.hold(kind, value)
    }

    #[test]
    fn the_whole_value_must_match() {
        assert_eq!(hold(r"^\d{2}$", ParameterType::String, "42"), Ok(()));
        assert_eq!(hold("a|ab", ParameterType::String, "ab"), Ok(()));
        let refused = hold(r"\d{2}", ParameterType::String, "042").unwrap_err();
        insta::assert_snapshot!(refused, @r"Parameter value, cannot be validated against allowedPattern: \d{2}");
    }

    #[test]
    fn each_item_of_a_list_must_match() {
        assert_eq!(hold("[a-z]+", ParameterType::StringList, "a,b,cc"), Ok(()));
        assert!(hold("[a-z]+", ParameterType::StringList, "a,,b").is_err());
        assert!(hold("[a-z]+", ParameterType::String, "a,b").is_err());
    }

    #[test]
    fn what_java_would_take_forever_over_is_answered_at_once() {
        let value = "a".repeat(4000) + "!";
        for pattern in ["(a+)+", "(a|aa)+", "(a*)*b", "([a-z]+)*[0-9]"] {
            assert!(hold(pattern, ParameterType::String, &value).is_err(), "{pattern}");
        }
    }

    #[test]
    fn the_differences_from_java_are_those_that_are_documented() {
        for pattern in ["(?!x).*", "(?<=a)b", r"(?<q>.)\k<q>", "(?>a+)b"] {
            assert!(AllowedPattern::parse(pattern).is_err(), "{pattern}");
        }
        assert_eq!(hold(r"\d", ParameterType::String, "\u{0663}"), Ok(()));
        assert_eq!(hold(r"\p{L}+", ParameterType::String, "é"), Ok(()));
        // The dot is no line feed, as in Java, and the flag for it is Java's.
        assert!(hold("a.b", ParameterType::String, "a\nb").is_err());
        assert_eq!(hold("(?s)a.b", ParameterType::String, "a\nb"), Ok(()));
    }

    #[test]
    fn a_pattern_that_is_broken_or_too_big_is_refused() {
        for pattern in [
            "(",
            "a)|(?:b",
            "(?=a)",
            r"(a)\1",
            "(?:a{1000}){1000}",
            "(?x) a #",
            &"(".repeat(100),
        ] {
            assert_eq!(
                AllowedPattern::parse(pattern).unwrap_err(),
                ParameterError::InvalidAllowedPattern,
                "{pattern}"
            );
        }
    }
}
