//! Tags, in KMS's spelling.

use std::collections::HashSet;

use kagiban_iam::records::Tag;
use kagiban_iam::tags::MAX_TAGS;

use crate::{KmsError, wire};

const RESERVED: &str = "Tags beginning with aws: are reserved";
const TOO_MANY: &str = "Too many tags";

/// Reads the tags of a request.
///
/// # Errors
///
/// `TagException`, in AWS's words.
pub(crate) fn parse(tags: Option<Vec<wire::Tag>>) -> Result<Vec<Tag>, KmsError> {
    let tags: Vec<Tag> = tags
        .unwrap_or_default()
        .into_iter()
        .map(|tag| Tag {
            key: tag.tag_key.unwrap_or_default(),
            value: tag.tag_value.unwrap_or_default(),
        })
        .collect();
    // DIFFERS: without regard to case, because condition keys (`aws:RequestTag/x`) have none.
    let mut seen = HashSet::new();
    if !tags.iter().all(|tag| seen.insert(tag.key.to_lowercase())) {
        return Err(KmsError::Tag("Duplicate tag keys"));
    }
    if tags.iter().any(|tag| is_reserved(&tag.key)) {
        return Err(KmsError::Tag(RESERVED));
    }
    if tags.len() > MAX_TAGS {
        return Err(KmsError::Tag(TOO_MANY));
    }
    Ok(tags)
}

/// Reads the keys of tags to be taken away.
///
/// # Errors
///
/// `TagException` for AWS's own.
pub(crate) fn parse_keys(keys: Option<Vec<String>>) -> Result<Vec<String>, KmsError> {
    let keys = keys.unwrap_or_default();
    if keys.iter().any(|key| is_reserved(key)) {
        return Err(KmsError::Tag(RESERVED));
    }
    Ok(keys)
}

/// The tags of something that had `old` and is tagged with `new`.
///
/// # Errors
///
/// `TagException` if they are too many together.
pub(crate) fn merge(old: &[Tag], new: &[Tag]) -> Result<Vec<Tag>, KmsError> {
    kagiban_iam::tags::merge(old, new).map_err(|_| KmsError::Tag(TOO_MANY)) // its only error
}

fn is_reserved(key: &str) -> bool {
    key.to_ascii_lowercase().starts_with("aws:")
}

/// Tags as answers spell them.
pub(crate) fn wire(tags: &[Tag]) -> Vec<wire::Tag> {
    tags.iter()
        .map(|tag| wire::Tag {
            tag_key: Some(tag.key.clone()),
            tag_value: Some(tag.value.clone()),
        })
        .collect()
}
