//! Patterns of ARNs: six parts, each matched by itself, so that a `*` in the account never eats the resource.

use crate::effort::Effort;
use crate::glob::{Glob, Token, tokens};

/// An ARN of a request, cut at its first five colons once. The resource part may hold more of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArnParts<'a>([&'a str; 6]);

impl<'a> ArnParts<'a> {
    /// `None` for what is not an ARN.
    pub(crate) fn new(text: &'a str) -> Option<ArnParts<'a>> {
        // By hand: parts are short, and the standard library's search is made for long texts.
        let mut parts = [""; 6];
        let mut rest = text;
        for part in &mut parts[..5] {
            let end = rest.bytes().position(|b| b == b':')?;
            (*part, rest) = (&rest[..end], &rest[end + 1..]);
        }
        parts[5] = rest;
        (parts[0] == "arn").then_some(ArnParts(parts))
    }

    /// Everything after the fifth colon.
    pub(crate) fn resource(&self) -> &'a str {
        self.0[5]
    }
}

/// A compiled pattern of ARNs.
#[derive(Clone, Debug)]
pub(crate) struct ArnPattern([Glob; 6]);

impl ArnPattern {
    /// Compiles a pattern. One with fewer than six parts must end in a `*`, which then stands for the
    /// missing parts too; `None` for what is no pattern of ARNs.
    pub(crate) fn compile(pattern: &[Token]) -> Option<ArnPattern> {
        let mut parts = pattern.splitn(6, |token| *token == Token::Byte(b':'));
        let open = pattern.last() == Some(&Token::Run);
        let mut next = || match parts.next() {
            Some(part) => Some(Glob::compile(part)),
            None => open.then_some(Glob::Any),
        };
        let parts = [next()?, next()?, next()?, next()?, next()?, next()?];
        let is_arn = parts[0].matches("arn", &Effort::new()); // three letters need no counting
        is_arn.then_some(ArnPattern(parts))
    }

    /// Compiles a text with live wildcards.
    pub(crate) fn parse(text: &str) -> Option<ArnPattern> {
        Self::compile(&tokens(text).collect::<Vec<_>>())
    }

    /// Whether every part matches; `false` too if the effort gave up.
    pub(crate) fn matches(&self, arn: ArnParts<'_>, effort: &Effort) -> bool {
        // The resource first: it is where patterns differ.
        let mut globs = self.0[1..].iter().zip(&arn.0[1..]).rev();
        globs.all(|(glob, part)| glob.matches(part, effort))
    }

    /// The same pattern with another last part.
    pub(crate) fn with_resource(mut self, resource: Glob) -> ArnPattern {
        self.0[5] = resource;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, arn: &str) -> bool {
        ArnPattern::parse(pattern)
            .unwrap()
            .matches(ArnParts::new(arn).unwrap(), &Effort::new())
    }

    const PARAMETER: &str = "arn:aws:ssm:us-east-1:111122223333:parameter/app/a:3";

    #[test]
    fn a_wildcard_stays_within_its_part_and_the_last_part_takes_all() {
        assert!(matches("arn:aws:ssm:*:111122223333:parameter/app/*", PARAMETER));
        assert!(matches("arn:*:ssm:us-????-1:*:*", PARAMETER));
        assert!(!matches("arn:aws:*:parameter/app/a:3:x:y", PARAMETER));
        assert!(!matches("arn:aws:ssm:us-east-1:*:app*", PARAMETER));
        assert!(!matches(
            "arn:aws:ssm:us-east-1:111122223333:parameter/App/*",
            PARAMETER
        ));
    }

    #[test]
    fn a_short_pattern_with_a_trailing_star_covers_the_missing_parts() {
        assert!(matches("arn:aws:ss*", PARAMETER));
        assert!(matches("arn:aws:ssm:*", PARAMETER));
        assert!(matches("*", PARAMETER));
        assert!(!matches("arn:aws:kms:*", PARAMETER));
        assert!(ArnPattern::parse("arn:aws:ssm").is_none());
        assert!(ArnPattern::parse("notanarn").is_none());
    }
}
