//! Paths of the hierarchy, as listings are asked for.

use crate::ParameterError;
use crate::listing::Span;
use crate::name::is_allowed;

/// A path that names may lie below, such as `/prod` or `/prod/`; `/` is the root of all names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ParameterPath(String);

// The backslashes are really in AWS's text.
const MALFORMED: &str = r#"The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_."#;
const RESERVED: &str = r#"Filters for common parameters can't be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please specify within a global namespace."#;

impl ParameterPath {
    /// Reads the path of GetParametersByPath.
    ///
    /// # Errors
    ///
    /// `Validation`, with AWS's long sentence.
    pub(crate) fn parse(text: &str) -> Result<ParameterPath, ParameterError> {
        let malformed = || ParameterError::Validation(MALFORMED.to_owned());
        let path = Self::well_formed(text).ok_or_else(malformed)?;
        if path.is_reserved() && !path.is_public() {
            Err(malformed())
        } else {
            Ok(path)
        }
    }

    /// Reads the value of DescribeParameters' filter by path.
    ///
    /// # Errors
    ///
    /// `Validation`, with the sentence for reserved or for malformed paths.
    pub(crate) fn parse_filter(text: &str) -> Result<ParameterPath, ParameterError> {
        let path = ParameterPath(text.to_owned());
        if path.is_reserved() && !path.is_public() {
            return Err(ParameterError::Validation(RESERVED.to_owned()));
        }
        Self::well_formed(text).ok_or_else(|| ParameterError::Validation(MALFORMED.to_owned()))
    }

    fn well_formed(text: &str) -> Option<ParameterPath> {
        let levels = text.strip_prefix('/')?;
        let levels = levels.strip_suffix('/').unwrap_or(levels);
        let sound = levels
            .split('/')
            .all(|level| !level.is_empty() && level.bytes().all(is_allowed));
        (sound || text == "/").then(|| ParameterPath(text.to_owned()))
    }

    fn is_reserved(&self) -> bool {
        let lower = self.0.to_ascii_lowercase();
        lower.starts_with("/aws") || lower.starts_with("/ssm")
    }

    /// Whether public parameters lie below it, and nothing else.
    pub(crate) fn is_public(&self) -> bool {
        self.span(true).is_public()
    }

    /// As it was given.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the names below it lie.
    pub(crate) fn span(&self, recursive: bool) -> Span {
        Span::below(&self.0, recursive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_end_in_a_slash() {
        for text in ["/", "/a", "/a/", "/a/b.c_d-e", "/aws/service/x"] {
            assert!(ParameterPath::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_malformed_or_reserved_path_is_refused_in_the_sentence_of_aws() {
        for text in ["", "a", "//", "/a//b", "/a b", "/aws", "/Ssm/x", "/é"] {
            assert!(ParameterPath::parse(text).is_err(), "{text}");
        }
        insta::assert_snapshot!(ParameterPath::parse("a").unwrap_err(), @r#"The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_."#);
        insta::assert_snapshot!(ParameterPath::parse_filter("/aws").unwrap_err(), @r#"Filters for common parameters can't be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please specify within a global namespace."#);
    }
}
