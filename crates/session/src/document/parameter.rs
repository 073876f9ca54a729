//! What a document asks of those who start a session with it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::error::{DocumentError, quoted};
use super::placeholder;

/// The values of a session's parameters by name: texts, lists of texts, and so on, as
/// [`Parameter::argument`] makes them.
pub type Arguments = BTreeMap<String, Value>;

/// The types that a parameter may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, Serialize)]
pub enum ParameterKind {
    /// A text.
    String,
    /// A list of texts.
    StringList,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
}

impl ParameterKind {
    fn demand(self) -> &'static str {
        match self {
            ParameterKind::String => "one text",
            ParameterKind::StringList => "a list of texts",
            ParameterKind::Boolean => "`true` or `false`",
            ParameterKind::Integer => "a whole number",
        }
    }

    fn fits(self, value: &Value) -> bool {
        match self {
            ParameterKind::String => value.is_string(),
            ParameterKind::StringList => value
                .as_array()
                .is_some_and(|all| all.iter().all(Value::is_string)),
            ParameterKind::Boolean => value.is_boolean(),
            ParameterKind::Integer => value.is_i64(),
        }
    }
}

/// One parameter of a document.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it is if nobody says; a value of its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// What a value, or each item of a list, must look like. It is kept here and held against values by
    /// the service alone, which has an engine for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_pattern: Option<String>,
    /// The only values, if there is such a list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_values: Vec<Value>,
    /// How a form shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_type: Option<String>,
    /// How many items a list has at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u32>,
    /// And at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u32>,
    /// How many characters a text has at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_chars: Option<u32>,
    /// And at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_chars: Option<u32>,
}

impl Parameter {
    /// The argument that the texts of a StartSession call make: one text, or the items of a list.
    ///
    /// # Errors
    ///
    /// If they do not fit the type.
    pub fn argument(&self, name: &str, texts: &[String]) -> Result<Value, DocumentError> {
        let value = match (self.kind, texts) {
            (ParameterKind::StringList, all) => Some(all.iter().cloned().collect()),
            (ParameterKind::String, [one]) => Some(Value::String(one.clone())),
            (ParameterKind::Boolean, [one]) => one.to_ascii_lowercase().parse().ok().map(Value::Bool),
            (ParameterKind::Integer, [one]) => one.parse::<i64>().ok().map(Value::from),
            _ => None,
        };
        let value = value.ok_or_else(|| refused(name, self.kind.demand()))?;
        self.hold(name, &value)?;
        Ok(value)
    }

    /// The texts of a value that a pattern speaks of: the value itself, or each item of a list.
    pub fn texts(value: &Value) -> impl Iterator<Item = &str> {
        let items = match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        items.iter().filter_map(Value::as_str)
    }

    /// Holds a value against the type, the list of values and the lengths.
    pub(super) fn hold(&self, name: &str, value: &Value) -> Result<(), DocumentError> {
        if !self.kind.fits(value) {
            return Err(refused(name, self.kind.demand()));
        }
        let allowed = |value: &Value| self.allowed_values.is_empty() || self.allowed_values.contains(value);
        let listed = match value {
            Value::Array(items) => allowed(value) || items.iter().all(allowed),
            one => allowed(one),
        };
        if !listed {
            return Err(refused(name, "one of the document's allowed values"));
        }
        if !self.is_long_enough(value) {
            return Err(refused(name, "of the length that the document asks for"));
        }
        Ok(())
    }

    fn is_long_enough(&self, value: &Value) -> bool {
        let items = value.as_array().map(Vec::len);
        let within = |count: usize, least: Option<u32>, most: Option<u32>| {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            least.is_none_or(|least| count >= least) && most.is_none_or(|most| count <= most)
        };
        items.is_none_or(|items| within(items, self.min_items, self.max_items))
            && Parameter::texts(value)
                .all(|text| within(text.chars().count(), self.min_chars, self.max_chars))
    }

    /// Whether the parameter itself makes sense: its default is of its type, and its name a name.
    fn check(&self, name: &str) -> Result<(), DocumentError> {
        if !placeholder::is_parameter_name(name) {
            return Err(DocumentError::Member {
                member: "parameters".to_owned(),
                value: quoted(&name.into()),
                demand: "names of letters, digits, `_` and `-`",
            });
        }
        match &self.default {
            Some(default) if !self.kind.fits(default) => Err(DocumentError::Member {
                member: format!("parameters.{name}.default"),
                value: quoted(default),
                demand: self.kind.demand(),
            }),
            _ => Ok(()),
        }
    }
}

fn refused(name: &str, demand: &'static str) -> DocumentError {
    DocumentError::Argument {
        name: name.to_owned(),
        demand,
    }
}

/// A document's parameters, in the order in which it lists them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(Vec<(String, Parameter)>);

impl Parameters {
    /// A parameter by its name.
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        let mut all = self.iter();
        all.find(|(found, _)| *found == name)
            .map(|(_, parameter)| parameter)
    }

    /// All of them, with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Parameter)> {
        self.0.iter().map(|(name, parameter)| (name.as_str(), parameter))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn check(&self) -> Result<(), DocumentError> {
        self.iter()
            .try_for_each(|(name, parameter)| parameter.check(name))
    }

    /// The arguments with the defaults of what was left out.
    pub(super) fn complete(&self, given: &Arguments) -> Result<Arguments, DocumentError> {
        if let Some(unknown) = given
            .keys()
            .find(|name| !is_reference(name) && self.get(name).is_none())
        {
            return Err(DocumentError::UnknownParameter(unknown.clone()));
        }
        let mut all = given.clone();
        for (name, parameter) in self.iter() {
            match (all.get(name), &parameter.default) {
                (Some(value), _) => parameter.hold(name, value)?,
                (None, Some(default)) => {
                    all.insert(name.to_owned(), default.clone());
                }
                (None, None) => return Err(DocumentError::MissingArgument(name.to_owned())),
            }
        }
        Ok(all)
    }
}

/// Whether a name is that of a parameter of Parameter Store.
pub(super) fn is_reference(name: &str) -> bool {
    name.starts_with(placeholder::REFERENCE)
}

impl Serialize for Parameters {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Parameters, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Parameters;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of parameters")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parameters, A::Error> {
                let mut all = Parameters::default();
                while let Some((name, parameter)) = map.next_entry::<String, Parameter>()? {
                    if all.get(&name).is_some() {
                        return Err(serde::de::Error::custom(format!("duplicate parameter `{name}`")));
                    }
                    all.0.push((name, parameter));
                }
                Ok(all)
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}
