//! A parameter's name, and its two spellings.
//!
//! `x` and `/x` are one parameter; only names of a single level have this equivalence, since deeper
//! ones must begin with a slash. Inside, every name begins with one (the *canonical* form), so that
//! each path is a prefix; answers keep the spelling.

use std::fmt;
use std::str::FromStr;

use kagiban_aws::Arn;
use kagiban_iam::Scope;

use crate::public;

/// A well-formed parameter name, such as `/prod/db/url`.
#[derive(Clone, Eq, PartialEq)]
pub struct ParameterName {
    /// With a leading slash.
    canonical: Box<str>,
    /// Whether it was written without that slash.
    bare: bool,
}

/// Why a text is not a parameter name, or not one that a caller may give.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum InvalidName {
    #[error(
        "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"
    )]
    Malformed,
    #[error("No access to reserved parameter name: {0}.")]
    Reserved(String),
    #[error("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).")]
    Prefix,
    // UNSURE: AWS's own sentence for a name of more than 15 levels has not been seen.
    #[error(
        "The parameter name has more than the maximum of {} levels.",
        ParameterName::MAX_LEVELS
    )]
    TooDeep,
    // UNSURE: neither has the one for a name that makes its ARN too long.
    #[error(
        "The parameter name is too long: with its ARN's prefix it has {0} characters; at most {max} are allowed",
        max = ParameterName::MAX_ARN
    )]
    TooLong(usize),
}

impl ParameterName {
    /// `/L1/…/L14/name` is the deepest name.
    pub const MAX_LEVELS: usize = 15;
    /// The longest ARN of a parameter.
    pub const MAX_ARN: usize = 1011;

    /// Reads the name of a parameter that may be about to be made.
    ///
    /// # Errors
    ///
    /// In AWS's order: `Reserved`, `Prefix`, `Malformed`, `TooDeep`.
    pub fn parse_new(text: &str) -> Result<ParameterName, InvalidName> {
        let text = trim(text);
        let lower = text.to_ascii_lowercase();
        let (slash, level) = match lower.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, lower.as_str()),
        };
        let path = level.contains('/');
        if slash && path && level.starts_with("aws") {
            return Err(InvalidName::Reserved(text.to_owned()));
        }
        if !path && (level.starts_with("aws") || level.starts_with("ssm")) {
            return Err(InvalidName::Prefix);
        }
        if level.starts_with("ssm") {
            return Err(InvalidName::Malformed);
        }
        let name: ParameterName = text.parse()?;
        if name.levels() > Self::MAX_LEVELS {
            return Err(InvalidName::TooDeep);
        }
        Ok(name)
    }

    /// The name that a stored spelling has.
    pub(crate) fn stored(spelling: &str) -> ParameterName {
        match spelling.strip_prefix('/') {
            Some(_) => ParameterName {
                canonical: spelling.into(),
                bare: false,
            },
            None => ParameterName {
                canonical: ["/", spelling].concat().into(),
                bare: true,
            },
        }
    }

    /// The form that maps and keys are ordered by: it always begins with a slash.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// As it was written, outer blanks cut.
    pub fn as_str(&self) -> &str {
        if self.bare {
            &self.canonical[1..]
        } else {
            &self.canonical
        }
    }

    /// Whether it is a public parameter's.
    pub(crate) fn is_public(&self) -> bool {
        self.canonical.starts_with(public::ROOT)
    }

    /// The parameter's ARN in an account and Region: the same for both spellings. Public parameters are
    /// no account's.
    pub fn arn(&self, scope: Scope) -> Arn {
        if self.is_public() {
            let arn = format!("arn:aws:ssm:{}::parameter{}", scope.region, self.canonical);
            return arn.parse().expect("it has all the parts of an ARN");
        }
        Arn::regional(
            "ssm",
            scope.region,
            scope.account,
            format_args!("parameter{}", self.canonical),
        )
    }

    /// Refuses a name whose ARN would be too long.
    ///
    /// # Errors
    ///
    /// `TooLong`.
    pub fn fits(&self, scope: Scope) -> Result<(), InvalidName> {
        match self.arn(scope).as_str().len() {
            length if length > Self::MAX_ARN => Err(InvalidName::TooLong(length)),
            _ => Ok(()),
        }
    }

    fn levels(&self) -> usize {
        self.canonical.bytes().filter(|byte| *byte == b'/').count()
    }
}

impl FromStr for ParameterName {
    type Err = InvalidName;

    /// Reads a name that may exist; prefixes and depth do not matter for that.
    fn from_str(text: &str) -> Result<ParameterName, InvalidName> {
        let text = trim(text);
        let levels = text.strip_prefix('/').unwrap_or(text);
        let well_formed = levels
            .split('/')
            .all(|level| !level.is_empty() && level.bytes().all(is_allowed));
        let fully_qualified = text.starts_with('/') || !text.contains('/');
        if well_formed && fully_qualified {
            Ok(ParameterName::stored(text))
        } else {
            Err(InvalidName::Malformed)
        }
    }
}

/// Cuts outer blanks as Java does: everything up to the space.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

/// Whether a byte may stand in a level of a name.
pub(crate) fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)
}

impl fmt::Display for ParameterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ParameterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use kagiban_aws::Region;
    use proptest::prelude::*;

    use super::*;

    fn scope() -> Scope {
        Scope {
            account: "111122223333".parse().unwrap(),
            region: Region::us_east_1(),
        }
    }

    #[test]
    fn both_spellings_of_a_single_level_are_one_parameter() {
        let (bare, slashed): (ParameterName, ParameterName) = ("x".parse().unwrap(), " /x ".parse().unwrap());
        assert_eq!(bare.canonical(), slashed.canonical());
        assert_eq!((bare.as_str(), slashed.as_str()), ("x", "/x"));
        assert_eq!(
            bare.arn(scope()).as_str(),
            "arn:aws:ssm:us-east-1:111122223333:parameter/x"
        );
    }

    #[test]
    fn a_malformed_name_is_refused_for_reading_too() {
        for text in [
            "", " ", "/", "a/b", "/a//b", "/a/", "a b", "/a@b", "ü", "a:1", "//a",
        ] {
            assert_eq!(
                text.parse::<ParameterName>(),
                Err(InvalidName::Malformed),
                "{text}"
            );
        }
    }

    #[test]
    fn a_new_name_is_held_against_the_rules_in_their_order() {
        let reserved = |name: &str| InvalidName::Reserved(name.to_owned());
        for (text, expected) in [
            ("/aws/x", reserved("/aws/x")),
            ("/AwsFoo/x y", reserved("/AwsFoo/x y")),
            ("aws-x", InvalidName::Prefix),
            ("/SSM", InvalidName::Prefix),
            ("ssm x", InvalidName::Prefix),
            ("/ssm/x", InvalidName::Malformed),
            ("ssm/x", InvalidName::Malformed),
            ("/ssmx/y", InvalidName::Malformed),
            ("aws/x", InvalidName::Malformed),
        ] {
            assert_eq!(ParameterName::parse_new(text), Err(expected), "{text}");
        }
        assert!(ParameterName::parse_new("/my/aws/ssm").is_ok());
    }

    #[test]
    fn fifteen_levels_are_allowed_and_sixteen_are_not() {
        assert!(ParameterName::parse_new(&"/a".repeat(15)).is_ok());
        assert_eq!(
            ParameterName::parse_new(&"/a".repeat(16)),
            Err(InvalidName::TooDeep)
        );
    }

    #[test]
    fn the_whole_arn_counts_for_the_length() {
        let name = |length: usize| "a".repeat(length).parse::<ParameterName>().unwrap();
        let prefix = "arn:aws:ssm:us-east-1:111122223333:parameter/".len();
        assert_eq!(name(1011 - prefix).fits(scope()), Ok(()));
        assert_eq!(name(1012 - prefix).fits(scope()), Err(InvalidName::TooLong(1012)));
    }

    #[test]
    fn the_sentences_are_those_of_aws() {
        insta::assert_snapshot!(InvalidName::Malformed, @r#"Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"#);
        insta::assert_snapshot!(InvalidName::Reserved("/aws/x".into()), @"No access to reserved parameter name: /aws/x.");
        insta::assert_snapshot!(InvalidName::Prefix, @r#"Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive)."#);
    }

    proptest! {
        #[test]
        fn parsing_any_text_never_panics(text in "\\PC{0,60}") {
            let _ = text.parse::<ParameterName>();
            let _ = ParameterName::parse_new(&text);
        }

        #[test]
        fn a_printed_name_parses_back_to_itself(text in "[ /a-cA._-]{0,20}") {
            if let Ok(name) = text.parse::<ParameterName>() {
                prop_assert_eq!(name.as_str().parse(), Ok(name.clone()));
                prop_assert_eq!(ParameterName::stored(name.as_str()), name);
            }
        }
    }
}
