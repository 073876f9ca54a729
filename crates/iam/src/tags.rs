//! Tags: limits when they are set, and the condition keys that they make.

use crate::records::Tag;
use crate::{ContextValue, IamError, Requirement, wire};

/// The most tags that one entity or session may have.
pub const MAX_TAGS: usize = 50;

const DUPLICATE: &str = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";

/// Takes the tags of a request.
///
/// # Errors
///
/// Two keys that differ at most in case, more than [`MAX_TAGS`], or keys that AWS keeps to itself.
pub fn parse(wire: Option<Vec<wire::Tag>>) -> Result<Vec<Tag>, IamError> {
    let tags: Vec<Tag> = wire
        .unwrap_or_default()
        .into_iter()
        .map(|tag| Tag {
            key: tag.key.unwrap_or_default(),
            value: tag.value.unwrap_or_default(),
        })
        .collect();
    if repeats_a_key(&tags) {
        return Err(IamError::InvalidInput(DUPLICATE));
    }
    if tags.len() > MAX_TAGS {
        return Err(IamError::LimitExceeded(
            "The number of tags has reached the maximum limit.".to_owned(),
        ));
    }
    if tags.iter().any(is_reserved) {
        // UNSURE: AWS's sentence as users quote it.
        return Err(IamError::InvalidInput(
            "Caller is an end user and not allowed to mutate system tags",
        ));
    }
    Ok(tags)
}

/// Whether two keys differ at most in case.
pub fn repeats_a_key(tags: &[Tag]) -> bool {
    let mut keys: Vec<String> = tags.iter().map(|tag| tag.key.to_lowercase()).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

fn is_reserved(tag: &Tag) -> bool {
    tag.key
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

/// The requirement with `aws:RequestTag/…` and `aws:TagKeys`, if the request has tags.
pub fn requested(requirement: Requirement, tags: &[Tag]) -> Requirement {
    if tags.is_empty() {
        return requirement;
    }
    let keys: Vec<String> = tags.iter().map(|tag| tag.key.clone()).collect();
    tags.iter()
        .fold(requirement, |requirement, tag| {
            requirement.when(named("aws:requesttag/", tag), tag.value.as_str())
        })
        .when("aws:tagkeys", ContextValue::Many(keys))
}

/// What a caller must be allowed who makes something: to make it and, if with tags, to tag it.
pub fn to_create(create: Requirement, tagging: &'static str, tags: &[Tag]) -> Vec<Requirement> {
    let create = requested(create, tags);
    if tags.is_empty() {
        return vec![create];
    }
    let tag = requested(
        Requirement::on(tagging, create.resource.as_str(), create.owner),
        tags,
    );
    vec![create, tag]
}

/// The requirement with `aws:ResourceTag/…` and `iam:ResourceTag/…` of what is acted on.
pub fn of_target(requirement: Requirement, tags: &[Tag]) -> Requirement {
    tags.iter().fold(requirement, |requirement, tag| {
        requirement
            .when(named("aws:resourcetag/", tag), tag.value.as_str())
            .when(named("iam:resourcetag/", tag), tag.value.as_str())
    })
}

fn named(prefix: &str, tag: &Tag) -> String {
    format!("{prefix}{}", tag.key.to_lowercase())
}

/// Tags as answers carry them; none at all rather than an empty list.
pub(crate) fn shown(tags: &[Tag]) -> Option<Vec<wire::Tag>> {
    let shown = |tag: &Tag| wire::Tag {
        key: Some(tag.key.clone()),
        value: Some(tag.value.clone()),
    };
    (!tags.is_empty()).then(|| tags.iter().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(keys: &[&str]) -> Option<Vec<wire::Tag>> {
        let tag = |key: &&str| wire::Tag {
            key: Some((*key).to_owned()),
            value: Some(String::new()),
        };
        Some(keys.iter().map(tag).collect())
    }

    #[test]
    fn keys_that_differ_in_case_only_are_duplicates() {
        assert_eq!(
            parse(wire(&["Env", "env"])).unwrap_err(),
            IamError::InvalidInput(DUPLICATE)
        );
        assert_eq!(parse(wire(&["Env", "env2"])).unwrap().len(), 2);
    }

    #[test]
    fn fifty_tags_are_the_limit() {
        let keys: Vec<String> = (0..51).map(|n| format!("k{n}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        assert!(parse(wire(&keys[..50])).is_ok());
        assert!(matches!(
            parse(wire(&keys)).unwrap_err(),
            IamError::LimitExceeded(_)
        ));
    }

    #[test]
    fn system_tags_belong_to_aws() {
        assert!(parse(wire(&["AWS:x"])).is_err());
    }
}
