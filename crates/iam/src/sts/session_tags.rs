//! Session tags: principal tags for one session, some of which follow it into the next role.

use super::wire;
use crate::records::Tag;
use crate::tags::{MAX_TAGS, RESERVED, is_reserved, repeats_a_key};
use crate::{Call, IamError};

/// The tags that a caller passes.
#[derive(Clone, Debug)]
pub(crate) struct SessionTags {
    pub(crate) passed: Vec<Tag>,
    transitive: Vec<String>,
}

impl SessionTags {
    /// Takes `Tags` and `TransitiveTagKeys`.
    ///
    /// # Errors
    ///
    /// Duplicate keys, and transitive keys that are not among the tags.
    pub(crate) fn parse(
        tags: Option<Vec<wire::Tag>>,
        transitive: Option<Vec<String>>,
    ) -> Result<SessionTags, IamError> {
        let passed: Vec<Tag> = tags
            .unwrap_or_default()
            .into_iter()
            .map(|tag| Tag {
                key: tag.key.unwrap_or_default(),
                value: tag.value.unwrap_or_default(),
            })
            .collect();
        if repeats_a_key(&passed) {
            return Err(IamError::InvalidParameterValue(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        if passed.len() > MAX_TAGS {
            return Err(IamError::ValidationError(format!(
                "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to {MAX_TAGS}"
            )));
        }
        if passed.iter().any(|tag| is_reserved(&tag.key)) {
            // UNSURE: AWS's code and sentence; these are those of tagging users and roles.
            return Err(IamError::InvalidParameterValue(RESERVED));
        }
        let transitive = transitive.unwrap_or_default();
        if !transitive.iter().all(|key| has(&passed, key)) {
            return Err(IamError::InvalidParameterValue(
                "The specified transitive tag key must be included in the requested tags.",
            ));
        }
        Ok(SessionTags { passed, transitive })
    }

    /// The keys that shall follow into the next role.
    pub(crate) fn transitive(&self) -> &[String] {
        &self.transitive
    }

    /// The tags and the transitive keys, of a session whose caller hands nothing on.
    pub(crate) fn alone(self) -> (Vec<Tag>, Vec<String>) {
        (self.passed, self.transitive)
    }

    /// Whether the new session will have tags: those passed, or those that the caller's own session
    /// hands on. The role's trust must allow either with `sts:TagSession`.
    pub(crate) fn make_any(&self, call: &Call<'_>) -> bool {
        !self.passed.is_empty() || !handed_on(call).0.is_empty()
    }

    /// All tags of the new session and the transitive keys among them: those passed, and those that
    /// the caller's own session hands on.
    ///
    /// # Errors
    ///
    /// If one that is handed on would be overridden.
    pub(crate) fn with_inherited(self, call: &Call<'_>) -> Result<(Vec<Tag>, Vec<String>), IamError> {
        let SessionTags {
            passed: mut tags,
            mut transitive,
        } = self;
        let (inherited, keys) = handed_on(call);
        if inherited.iter().any(|tag| has(&tags, &tag.key)) {
            return Err(IamError::InvalidParameterValue(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
            ));
        }
        tags.extend(inherited);
        transitive.extend(keys);
        Ok((tags, transitive))
    }
}

/// The transitive tags of the caller's own session.
fn handed_on(call: &Call<'_>) -> (Vec<Tag>, Vec<String>) {
    let Some(session) = call.caller.claims() else {
        return Default::default();
    };
    let is_transitive = |tag: &&Tag| session.transitive_tag_keys.iter().any(|key| same(key, &tag.key));
    let tags = session.tags.iter().filter(is_transitive).cloned().collect();
    (tags, session.transitive_tag_keys.clone())
}

fn has(tags: &[Tag], key: &str) -> bool {
    tags.iter().any(|tag| same(&tag.key, key))
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(keys: &[&str], transitive: &[&str]) -> Result<SessionTags, IamError> {
        let tag = |key: &&str| wire::Tag {
            key: Some((*key).to_owned()),
            value: Some("v".to_owned()),
        };
        let transitive = transitive.iter().map(|key| (*key).to_owned()).collect();
        SessionTags::parse(Some(keys.iter().map(tag).collect()), Some(transitive))
    }

    #[test]
    fn keys_that_differ_in_case_only_are_duplicates() {
        assert_eq!(
            parse(&["Team", "team"], &[]).unwrap_err().to_string(),
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        );
    }

    #[test]
    fn keys_that_begin_with_aws_are_awss_own() {
        assert!(parse(&["AWS:x"], &[]).is_err());
        assert!(parse(&["awsome"], &[]).is_ok());
    }

    #[test]
    fn a_transitive_key_must_be_among_the_tags() {
        assert!(parse(&["Team"], &["team"]).is_ok());
        assert_eq!(
            parse(&["Team"], &["cost"]).unwrap_err().to_string(),
            "The specified transitive tag key must be included in the requested tags."
        );
    }
}
