//! Tags: limits when they are set, and the condition keys that they make.

use kagiban_aws::AccountId;
use kagiban_store::Txn;

use crate::entity::{Tagged, rewrite};
use crate::page::{Page, Slice};
use crate::records::Tag;
use crate::{Account, ContextValue, IamError, Requirement, wire};

/// The most tags that one entity or session may have.
pub const MAX_TAGS: usize = 50;

// UNSURE: AWS's sentence as users quote it.
pub(crate) const RESERVED: &str = "Caller is an end user and not allowed to mutate system tags";
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
    if tags.iter().any(|tag| is_reserved(&tag.key)) {
        return Err(IamError::InvalidInput(RESERVED));
    }
    few_enough(tags)
}

/// Takes the keys of the tags that a request removes.
///
/// # Errors
///
/// If one of them is AWS's own. The same key twice is no error.
pub fn parse_keys(wire: Option<Vec<String>>) -> Result<Vec<String>, IamError> {
    let keys = wire.unwrap_or_default();
    if keys.iter().any(|key| is_reserved(key)) {
        return Err(IamError::InvalidInput(RESERVED));
    }
    Ok(keys)
}

/// The tags that something of the tags `old` has once it has been tagged with `new`.
///
/// Keys are the same without regard to case; the newer value wins, and so does the newer spelling.
///
/// # Errors
///
/// If these are more than [`MAX_TAGS`] together.
pub fn merge(old: &[Tag], new: &[Tag]) -> Result<Vec<Tag>, IamError> {
    let mut merged = old.to_vec();
    for tag in new {
        match merged.iter_mut().find(|old| same_key(&old.key, &tag.key)) {
            Some(old) => old.clone_from(tag),
            None => merged.push(tag.clone()),
        }
    }
    few_enough(merged)
}

/// The tags that remain without those of these keys, which need not be there.
pub fn remove(old: &[Tag], keys: &[String]) -> Vec<Tag> {
    let removed = |tag: &&Tag| keys.iter().any(|key| same_key(key, &tag.key));
    old.iter().filter(|tag| !removed(tag)).cloned().collect()
}

fn few_enough(tags: Vec<Tag>) -> Result<Vec<Tag>, IamError> {
    if tags.len() > MAX_TAGS {
        return Err(IamError::LimitExceeded(
            "The number of tags has reached the maximum limit.".to_owned(),
        ));
    }
    Ok(tags)
}

fn same_key(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Tags a user or a role.
///
/// # Errors
///
/// If it is not there, or would have too many tags.
pub(crate) fn tag<E: Tagged>(
    account: &Account,
    id: AccountId,
    entity: &str,
    tags: &[Tag],
) -> Result<Txn, IamError> {
    let entity = E::existing(account, entity)?;
    let mut new = E::clone(entity);
    *new.tags_mut() = merge(entity.tags(), tags)?;
    let mut txn = Txn::new();
    rewrite(&mut txn, id, entity, &new);
    Ok(txn)
}

/// Takes tags from a user or a role.
///
/// # Errors
///
/// If it is not there.
pub(crate) fn untag<E: Tagged>(
    account: &Account,
    id: AccountId,
    entity: &str,
    keys: &[String],
) -> Result<Txn, IamError> {
    let entity = E::existing(account, entity)?;
    let mut new = E::clone(entity);
    *new.tags_mut() = remove(entity.tags(), keys);
    let mut txn = Txn::new();
    rewrite(&mut txn, id, entity, &new);
    Ok(txn)
}

/// A page of something's tags, in the order of their keys.
pub(crate) fn page(tags: &[Tag], page: &Page) -> Slice<wire::Tag> {
    let mut sorted: Vec<&Tag> = tags.iter().collect();
    sorted.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    page.cut(sorted.into_iter().map(|tag| (tag.key.as_str(), shown_one(tag))))
}

/// Whether two keys differ at most in case.
pub fn repeats_a_key(tags: &[Tag]) -> bool {
    let mut keys: Vec<String> = tags.iter().map(|tag| tag.key.to_lowercase()).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

/// Whether a key is one of AWS's own.
pub(crate) fn is_reserved(key: &str) -> bool {
    key.get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

/// The requirement with `aws:RequestTag/…` and `aws:TagKeys`, if the request has tags: what a
/// caller must be allowed who tags the target of the requirement.
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

/// The requirement with `aws:TagKeys`: what a caller must be allowed who takes these tags away.
pub fn unrequested(requirement: Requirement, keys: &[String]) -> Requirement {
    if keys.is_empty() {
        return requirement;
    }
    requirement.when("aws:tagkeys", ContextValue::Many(keys.to_vec()))
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
    (!tags.is_empty()).then(|| tags.iter().map(shown_one).collect())
}

fn shown_one(tag: &Tag) -> wire::Tag {
    wire::Tag {
        key: Some(tag.key.clone()),
        value: Some(tag.value.clone()),
    }
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

    fn tags(pairs: &[(&str, &str)]) -> Vec<Tag> {
        let tag = |(key, value): &(&str, &str)| Tag {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        };
        pairs.iter().map(tag).collect()
    }

    fn pairs(tags: &[Tag]) -> Vec<(&str, &str)> {
        tags.iter()
            .map(|tag| (tag.key.as_str(), tag.value.as_str()))
            .collect()
    }

    #[test]
    fn the_newer_tag_wins_with_its_spelling() {
        let old = tags(&[("Env", "dev"), ("team", "red")]);
        let merged = merge(&old, &tags(&[("ENV", "prod"), ("cost", "1")])).unwrap();
        assert_eq!(pairs(&merged), [("ENV", "prod"), ("team", "red"), ("cost", "1")]);
    }

    #[test]
    fn the_limit_counts_what_there_is_after_merging() {
        let names: Vec<String> = (0..MAX_TAGS).map(|n| format!("k{n}")).collect();
        let full: Vec<Tag> = names.iter().flat_map(|name| tags(&[(name, "")])).collect();
        assert_eq!(merge(&full, &tags(&[("K0", "x")])).unwrap().len(), MAX_TAGS);
        assert!(matches!(
            merge(&full, &tags(&[("other", "")])).unwrap_err(),
            IamError::LimitExceeded(_)
        ));
    }

    #[test]
    fn tags_are_removed_without_regard_to_case_and_need_not_be_there() {
        let old = tags(&[("Env", "dev"), ("team", "red")]);
        let left = remove(&old, &["env".to_owned(), "nothing".to_owned()]);
        assert_eq!(pairs(&left), [("team", "red")]);
        assert!(parse_keys(Some(vec!["aws:x".to_owned()])).is_err());
    }
}
