//! AllowedPattern: what a parameter's values must look like.
//
// DIFFERS: AWS takes all of Java's regular expressions. Look-around, back-references, atomic groups and
// possessive quantifiers are refused here, because a caller's pattern must not be able to take more than
// linear time; and so is what compiles to more than `MAX_COMPILED`, because "linear" counts the pattern, too.
// `(?i)` folds the cases of all of Unicode, where Java's folds those of ASCII.

mod java;

use regex::{Regex, RegexBuilder};

use crate::ParameterError;
use crate::records::ParameterType;

/// Bytes that a compiled pattern may take: enough for what people write; a value of the greatest length is held
/// against it in seconds at most, on the caller's own turn.
const MAX_COMPILED: usize = 2 << 20;
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
        let said = java::translate(text).map_err(|java::NotOffered| ParameterError::InvalidAllowedPattern)?;
        let whole = compile(&format!(r"\A(?:{said})\z"))?;
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
        for pattern in [
            "(?!x).*",
            "(?<=a)b",
            r"(?<q>.)\k<q>",
            "(?>a+)b",
            "a++a",
            "a*+",
            "a?+",
            "a{2}+",
            r"\p{InGreek}",
        ] {
            assert!(AllowedPattern::parse(pattern).is_err(), "{pattern}");
        }
        // U+212A is a `k` to who folds the cases of all of Unicode.
        assert_eq!(hold("(?i)k", ParameterType::String, "\u{212a}"), Ok(()));
    }

    #[test]
    fn what_people_write_is_not_too_big() {
        for pattern in [
            ".{1,1024}",
            r"\w{1,512}",
            r"[^@\s]{1,64}@[a-z0-9.-]{1,255}",
            r"arn:aws:iam::\d{12}:role/[\w+=,.@/-]{1,500}",
        ] {
            assert!(AllowedPattern::parse(pattern).is_ok(), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_is_broken_or_too_big_is_refused() {
        for pattern in [
            "(",
            "a)|(?:b",
            "(?=a)",
            r"(a)\1",
            "[a",
            "a{1",
            "{2}",
            "*a",
            "a**",
            r"a\",
            r"\q",
            "(?P<a>b)",
            r"[\b]",
            "(?:a{1000}){1000}",
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
