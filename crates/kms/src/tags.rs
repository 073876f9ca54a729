//! Tags, in KMS's spelling.

use std::collections::HashSet;

use kagiban_iam::records::Tag;

use crate::{KmsError, wire};

/// AWS's limit for one resource.
const MAX: usize = 50;

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
    if tags
        .iter()
        .any(|tag| tag.key.to_ascii_lowercase().starts_with("aws:"))
    {
        return Err(KmsError::Tag("Tags beginning with aws: are reserved"));
    }
    if tags.len() > MAX {
        return Err(KmsError::Tag("Too many tags"));
    }
    Ok(tags)
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
