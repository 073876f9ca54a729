//! A document's content as a tree whose members keep their order, read from JSON or YAML and written as
//! either.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use super::{DocumentError, yaml};

/// Objects and lists within each other.
pub(super) const MAX_DEPTH: usize = 64;

/// One value and all within it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Content>),
    Object(Vec<(String, Content)>),
}

impl Content {
    /// Reads JSON.
    ///
    /// # Errors
    ///
    /// `InvalidContent` in AWS's words.
    pub(crate) fn from_json(text: &str) -> Result<Content, DocumentError> {
        serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let sentence = format!("JSON not well-formed. at Line: {line}, Column: {column}");
            DocumentError::InvalidContent(sentence)
        })
    }

    /// Reads YAML: mappings, lists and the scalars of its core schema.
    ///
    /// # Errors
    ///
    /// `InvalidContent`.
    pub(crate) fn from_yaml(text: &str) -> Result<Content, DocumentError> {
        yaml::read(text)
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("keys are texts")
    }

    pub(crate) fn to_pretty_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("keys are texts")
    }

    pub(crate) fn to_yaml(&self) -> String {
        yaml::write(self)
    }

    /// A member of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Content> {
        let mut members = self.members();
        members.find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// The members of an object, in order; of anything else none.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &Content)> {
        let members: &[(String, Content)] = match self {
            Content::Object(members) => members,
            _ => &[],
        };
        members.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The items of a list; of anything else none.
    pub(crate) fn items(&self) -> &[Content] {
        match self {
            Content::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Content::Null => serializer.serialize_unit(),
            Content::Bool(flag) => serializer.serialize_bool(*flag),
            Content::Number(number) => number.serialize(serializer),
            Content::Text(text) => serializer.serialize_str(text),
            Content::List(items) => serializer.collect_seq(items),
            Content::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Content, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

/// serde_json's own limit on nesting holds here.
struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Content, E> {
        Ok(Content::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Content, E> {
        Ok(Content::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Content, E> {
        Ok(Content::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Content, E> {
        let number = serde_json::Number::from_f64(number);
        Ok(number.map_or(Content::Null, Content::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Content, E> {
        Ok(Content::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Content::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Content::Object(members))
    }
}
