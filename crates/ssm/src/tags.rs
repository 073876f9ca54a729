//! Tags: parsed from the wire, kept on what they are about.

use std::collections::HashSet;

use kagiban_iam::records::Tag;
use kagiban_iam::{Call, Requirement};
use kagiban_store::Txn;

use crate::documents::{DocumentRef, is_name};
use crate::nodes::NodeId;
use crate::records::{Document, Node, Parameter, keys};
use crate::wire::{self, resource_type_for_tagging};
use crate::{ParameterError, ParameterName, View, access};

/// What a tag operation is about.
#[derive(Clone, Debug)]
pub(crate) enum Tagged {
    Parameter(ParameterName),
    Node(NodeId),
    Document(DocumentRef),
}

impl Tagged {
    /// Reads type and id.
    ///
    /// # Errors
    ///
    /// `InvalidResourceType`; `InvalidResourceId` for what cannot be an id of its type.
    pub(crate) fn parse(kind: Option<&str>, id: Option<&str>) -> Result<Tagged, ParameterError> {
        let id = id.unwrap_or_default();
        let tagged = match kind {
            Some(resource_type_for_tagging::PARAMETER) => id.parse().ok().map(Tagged::Parameter),
            Some(resource_type_for_tagging::MANAGED_INSTANCE) => NodeId::parse(id).map(Tagged::Node),
            // A name only: whoever else's document an ARN means, it is not here that it is tagged.
            Some(resource_type_for_tagging::DOCUMENT) if is_name(id) => {
                DocumentRef::parse(id).ok().map(Tagged::Document)
            }
            Some(resource_type_for_tagging::DOCUMENT) => None,
            _ => return Err(ParameterError::InvalidResourceType),
        };
        tagged.ok_or(ParameterError::InvalidResourceId)
    }

    /// To do `action` to it, whether it exists or not.
    pub(crate) fn requirement(&self, action: &'static str, call: &Call<'_>, view: &View<'_>) -> Requirement {
        match self {
            Tagged::Parameter(name) => access::on(action, name, call, view),
            Tagged::Node(id) => access::on_node(action, id.as_str(), call, view),
            Tagged::Document(document) => document.requirement(action, call, view),
        }
    }

    /// Its tags.
    ///
    /// # Errors
    ///
    /// `InvalidResourceId` if it does not exist.
    pub(crate) fn tags<'v>(&self, call: &Call<'_>, view: &View<'v>) -> Result<&'v [Tag], ParameterError> {
        let tags = match self {
            Tagged::Parameter(name) => view
                .parameter(call.scope, name, call.facts.now)
                .map(|parameter| &parameter.tags),
            Tagged::Node(id) => view.ssm.node(call.scope, id).map(|node| &node.tags),
            Tagged::Document(named) => {
                let documents = view.ssm.documents(call.scope);
                let document = documents.and_then(|documents| documents.get(&named.name));
                document.map(|document| &document.tags)
            }
        };
        tags.map(|tags| &**tags).ok_or(ParameterError::InvalidResourceId)
    }

    /// The transaction that gives it other tags; nothing else comes of it.
    ///
    /// # Errors
    ///
    /// As [`Tagged::tags`].
    pub(crate) fn write(
        &self,
        call: &Call<'_>,
        view: &View<'_>,
        tags: Box<[Tag]>,
    ) -> Result<Txn, ParameterError> {
        let mut txn = Txn::new();
        match self {
            Tagged::Parameter(name) => {
                let old = view.parameter(call.scope, name, call.facts.now);
                let old = old.ok_or(ParameterError::InvalidResourceId)?;
                let new = Parameter {
                    tags,
                    ..Parameter::clone(old)
                };
                let key = keys::parameter(call.scope, name);
                txn.unchanged(key.clone(), Some(old.revision)).put(key, &new);
            }
            Tagged::Node(id) => {
                let old = view.ssm.node(call.scope, id);
                let old = old.ok_or(ParameterError::InvalidResourceId)?;
                let new = Node {
                    tags,
                    ..Node::clone(old)
                };
                let key = keys::node(call.scope, id);
                txn.unchanged(key.clone(), Some(old.revision)).put(key, &new);
            }
            Tagged::Document(named) => {
                let documents = view.ssm.documents(call.scope);
                let old = documents.and_then(|documents| documents.get(&named.name));
                let old = old.ok_or(ParameterError::InvalidResourceId)?;
                let new = Document {
                    tags,
                    ..Document::clone(old)
                };
                let key = keys::document(call.scope, &named.name);
                txn.unchanged(key.clone(), Some(old.revision)).put(key, &new);
            }
        }
        Ok(txn)
    }
}

/// Reads tags; of two with the same key the later counts.
///
/// # Errors
///
/// If a key begins as AWS's own do, or there are too many.
pub(crate) fn parse(wire: Option<Vec<wire::Tag>>) -> Result<Vec<Tag>, ParameterError> {
    let mut tags = Vec::new();
    for tag in wire.unwrap_or_default() {
        let (key, value) = (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
        if key.to_ascii_lowercase().starts_with("aws:") {
            // UNSURE: AWS's own sentence has not been seen.
            let reserved = "Tag keys that begin with aws: are reserved for internal use by AWS.";
            return Err(ParameterError::Validation(reserved.to_owned()));
        }
        set(&mut tags, Tag { key, value });
    }
    acceptable(&tags)?;
    Ok(tags)
}

/// Adds or replaces tags of a parameter.
///
/// # Errors
///
/// `TooManyTags`.
pub(crate) fn add(old: &[Tag], new: &[Tag]) -> Result<Box<[Tag]>, ParameterError> {
    let mut tags = old.to_vec();
    for tag in new {
        set(&mut tags, tag.clone());
    }
    acceptable(&tags)?;
    Ok(tags.into())
}

fn set(tags: &mut Vec<Tag>, tag: Tag) {
    match tags.iter_mut().find(|old| old.key == tag.key) {
        Some(old) => old.value = tag.value,
        None => tags.push(tag),
    }
}

/// Refuses too many tags, and keys that a policy could not tell apart.
//
// DIFFERS: AWS takes `owner` and `Owner` side by side here. Condition keys (`aws:ResourceTag/owner`)
// ignore case, so a policy could not say which of the two it is about.
fn acceptable(tags: &[Tag]) -> Result<(), ParameterError> {
    if tags.len() > Parameter::MAX_TAGS {
        return Err(ParameterError::TooManyTags);
    }
    let mut seen = HashSet::new();
    if tags.iter().all(|tag| seen.insert(tag.key.to_lowercase())) {
        return Ok(());
    }
    let clash = "Tag keys must differ in more than upper and lower case.";
    Err(ParameterError::Validation(clash.to_owned()))
}

/// As answers print them.
pub(crate) fn wire(tags: &[Tag]) -> Vec<wire::Tag> {
    let tag = |tag: &Tag| wire::Tag {
        key: Some(tag.key.clone()),
        value: Some(tag.value.clone()),
    };
    tags.iter().map(tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_differ_in_case_only_are_refused() {
        assert!(add(&[tag("owner", "a")], &[tag("Owner", "b")]).is_err());
    }

    fn tag(key: &str, value: &str) -> Tag {
        Tag {
            key: key.into(),
            value: value.into(),
        }
    }

    #[test]
    fn adding_a_present_key_replaces_its_value() {
        let added = add(&[tag("a", "1"), tag("b", "2")], &[tag("a", "3"), tag("c", "4")]).unwrap();
        assert_eq!(*added, [tag("a", "3"), tag("b", "2"), tag("c", "4")]);
    }

    #[test]
    fn the_fifty_first_tag_is_too_many() {
        let tags: Vec<Tag> = (0..51).map(|n| tag(&n.to_string(), "")).collect();
        assert!(add(&[], &tags[..50]).is_ok());
        assert_eq!(add(&tags[..50], &tags[50..]), Err(ParameterError::TooManyTags));
    }

    #[test]
    fn keys_of_aws_are_refused() {
        let own = vec![wire::Tag {
            key: Some("AWS:x".into()),
            value: Some(String::new()),
        }];
        assert!(matches!(parse(Some(own)), Err(ParameterError::Validation(_))));
    }
}
