//! Reading the members of an object by the rules of session documents.

use serde_json::{Map, Value};

use super::error::{DocumentError, quoted};
use super::placeholder;

/// How far a document has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    /// As it was written: a placeholder may stand for anything.
    Draft,
    /// With its arguments: what is still open is wrong.
    Final,
}

/// An object and where it is in the document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Members<'m> {
    path: &'m str,
    /// None for an object that was left out.
    map: Option<&'m Map<String, Value>>,
    stage: Stage,
}

impl<'m> Members<'m> {
    /// Reads an object; null and nothing are an empty one.
    pub(super) fn of(
        path: &'m str,
        value: Option<&'m Value>,
        stage: Stage,
    ) -> Result<Members<'m>, DocumentError> {
        let map = match value {
            None | Some(Value::Null) => None,
            Some(Value::Object(map)) => Some(map),
            Some(other) => return Err(wrong(path.to_owned(), other, "an object")),
        };
        Ok(Members { path, map, stage })
    }

    /// A member that is there and not null.
    pub(super) fn get(&self, name: &str) -> Option<&'m Value> {
        self.map?.get(name).filter(|value| !value.is_null())
    }

    /// Whether the object was left out or is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.map.is_none_or(Map::is_empty)
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    /// The names of members that are not among those known, with the path before them.
    pub(super) fn unknown(&self, known: &[&str]) -> impl Iterator<Item = String> {
        let names = self.map.into_iter().flat_map(Map::keys);
        names
            .filter(|name| !known.contains(&name.as_str()))
            .map(|name| format!("{}.{name}", self.path))
    }

    /// A text; none if it is not there.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'m str>, DocumentError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(name, other, "a text")),
        }
    }

    /// A text that `accept` likes.
    pub(super) fn text_that(
        &self,
        name: &str,
        demand: &'static str,
        accept: impl Fn(&str) -> bool,
    ) -> Result<String, DocumentError> {
        let text = self.text(name)?.unwrap_or_default();
        if self.may_become_anything(text) || accept(text) {
            return Ok(text.to_owned());
        }
        Err(self.wrong(name, &text.into(), demand))
    }

    /// A JSON boolean; false if it is not there.
    pub(super) fn boolean(&self, name: &str) -> Result<bool, DocumentError> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if self.may_become_anything(text) => Ok(false),
            Some(other) => Err(self.wrong(name, other, "true or false, without quotes")),
        }
    }

    /// A boolean, or a text that Go's `strconv.ParseBool` reads; false if it is not there or empty.
    pub(super) fn flag(&self, name: &str) -> Result<bool, DocumentError> {
        let demand = "true or false";
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) => match text.as_str() {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
                "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
                text if self.may_become_anything(text) => Ok(false),
                _ => Err(self.wrong(name, &text.as_str().into(), demand)),
            },
            Some(other) => Err(self.wrong(name, other, demand)),
        }
    }

    /// A whole number as a text, or a number; none if it is not there or empty.
    pub(super) fn number(
        &self,
        name: &str,
        within: std::ops::RangeInclusive<u16>,
        demand: &'static str,
    ) -> Result<Option<u16>, DocumentError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let number = match value {
            Value::String(text) if text.is_empty() || self.may_become_anything(text) => return Ok(None),
            Value::String(text) => decimal(text),
            Value::Number(number) => number.as_u64().and_then(|number| u16::try_from(number).ok()),
            _ => None,
        };
        match number.filter(|number| within.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(self.wrong(name, value, demand)),
        }
    }

    /// The error for a member that is not what it must be.
    pub(super) fn wrong(&self, name: &str, value: &Value, demand: &'static str) -> DocumentError {
        wrong(format!("{}.{name}", self.path), value, demand)
    }

    /// The error for a member that is not there.
    pub(super) fn missing(&self, name: &str) -> DocumentError {
        DocumentError::Missing(format!("{}.{name}", self.path))
    }

    fn may_become_anything(&self, text: &str) -> bool {
        self.stage == Stage::Draft && placeholder::is_open(text)
    }
}

fn wrong(member: String, value: &Value, demand: &'static str) -> DocumentError {
    DocumentError::Member {
        member,
        value: quoted(value),
        demand,
    }
}

/// Digits and nothing else: `u16::from_str` takes a plus sign.
fn decimal(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|digit| digit.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}
