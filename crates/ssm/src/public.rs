//! Public parameters: what everybody can read under `/aws/service/`.
//!
//! On AWS they are AWS's own, such as the ids of machine images; here the operator gives them. They
//! are in every Region and belong to no account, so their ARNs name none. They have one version, and
//! nobody can write, label, tag or delete them.

use std::collections::BTreeMap;
use std::fmt;

use kagiban_aws::Timestamp;
use kagiban_iam::Stored;
use kagiban_store::{Event, Key, Rev, record};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::data_type::DataType;
use crate::records::{Parameter, ParameterType, Rare, Value, Version};
use crate::tier::Tier;
use crate::wire::parameter_type;
use crate::{ParameterName, Parameters};

/// Where all names of public parameters begin.
pub(crate) const ROOT: &str = "/aws/service/";
/// How many there can be.
const MAX: usize = 10_000;
/// The longest name: with any Region's prefix it stays below [`ParameterName::MAX_ARN`].
const MAX_NAME: usize = 900;
/// The longest description, in characters. Source: API model, `PutParameter`.
const MAX_DESCRIPTION: usize = 1024;

/// The public parameters of a server.
#[derive(Clone, Debug, Default)]
pub struct PublicParameters(Parameters);

impl PublicParameters {
    /// Those that the operator has written down, all of that time.
    pub fn new(written: WrittenParameters, modified: Timestamp) -> PublicParameters {
        let mut parameters = Parameters::default();
        for (PublicName(name), written) in written.0 {
            let parameter = Parameter::first(&name, written.version(modified), &[]);
            let event = Event {
                key: Key::of(&[name.canonical()]),
                mod_rev: Rev(0),
                value: Some(record::encode(&parameter).expect("it has no more members than any other")),
            };
            let stored = Stored::read(&event).expect("it was encoded a moment ago");
            parameters.replace(name.canonical().into(), stored);
        }
        PublicParameters(parameters)
    }

    pub(crate) fn get(&self, name: &ParameterName) -> Option<&Stored<Parameter>> {
        self.0.get(name)
    }

    pub(crate) fn all(&self) -> &Parameters {
        &self.0
    }
}

/// Public parameters as an operator writes them: a map from names to values and what goes with them.
#[derive(Debug, Default)]
pub struct WrittenParameters(BTreeMap<PublicName, Written>);

impl<'de> Deserialize<'de> for WrittenParameters {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<WrittenParameters, D::Error> {
        from.deserialize_map(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = WrittenParameters;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from names to parameters")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WrittenParameters, A::Error> {
        let mut read = BTreeMap::new();
        while let Some(name) = map.next_key::<PublicName>()? {
            if read.len() == MAX {
                return Err(A::Error::custom(format!("there are more than {MAX} parameters")));
            }
            if read.contains_key(&name) {
                return Err(A::Error::custom(format!("`{}` is there twice", name.0)));
            }
            read.insert(name, map.next_value()?);
        }
        Ok(WrittenParameters(read))
    }
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct PublicName(ParameterName);

impl TryFrom<String> for PublicName {
    type Error = String;

    fn try_from(text: String) -> Result<PublicName, String> {
        let name: Option<ParameterName> = text.parse().ok();
        let name = name.filter(|name| name.is_public() && name.as_str() == text);
        let name = name.ok_or_else(|| {
            let rule = "has letters, digits and `_.-/` and begins with `/aws/service/`";
            format!("`{text}` is no public parameter's name, which {rule}")
        })?;
        let levels = text.matches('/').count();
        match (levels <= ParameterName::MAX_LEVELS, text.len() <= MAX_NAME) {
            (true, true) => Ok(PublicName(name)),
            (false, _) => Err(format!(
                "`{text}` has {levels} levels; at most {} are allowed",
                ParameterName::MAX_LEVELS
            )),
            (_, false) => Err(format!("a name has more than {MAX_NAME} characters")),
        }
    }
}

impl PartialEq for PublicName {
    fn eq(&self, other: &PublicName) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for PublicName {}

impl PartialOrd for PublicName {
    fn partial_cmp(&self, other: &PublicName) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicName {
    fn cmp(&self, other: &PublicName) -> std::cmp::Ordering {
        self.0.canonical().cmp(other.0.canonical())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    value: String,
    r#type: Option<String>,
    description: Option<String>,
    data_type: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "Raw")]
struct Written {
    value: Value,
    description: Option<Box<str>>,
    data_type: Option<Box<str>>,
}

impl TryFrom<Raw> for Written {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Written, String> {
        let kind = match raw.r#type.as_deref() {
            None | Some(parameter_type::STRING) => ParameterType::String,
            Some(parameter_type::STRING_LIST) => ParameterType::StringList,
            Some(other) => {
                return Err(format!(
                    "a public parameter's type is String or StringList, not `{other}`"
                ));
            }
        };
        let most = Tier::Standard.max_value_bytes();
        if raw.value.is_empty() || raw.value.len() > most {
            return Err(format!("a value has 1 to {most} bytes, not {}", raw.value.len()));
        }
        let description = raw.description.filter(|description| !description.is_empty());
        if description
            .as_ref()
            .is_some_and(|text| text.chars().count() > MAX_DESCRIPTION)
        {
            return Err(format!("a description has at most {MAX_DESCRIPTION} characters"));
        }
        let data_type = raw.data_type.as_deref().unwrap_or(Version::TEXT);
        let data_type = DataType::parse(data_type).map_err(|error| error.to_string())?;
        let held = data_type.hold(kind, &raw.value);
        held.map_err(|error| error.to_string())?;
        let value = raw.value.into();
        Ok(Written {
            value: match kind {
                ParameterType::StringList => Value::StringList(value),
                _ => Value::String(value),
            },
            description: description.map(Into::into),
            data_type: data_type.stored(),
        })
    }
}

impl Written {
    fn version(self, modified: Timestamp) -> Version {
        let rare = Rare {
            data_type: self.data_type,
            ..Rare::default()
        };
        Version {
            number: 1,
            value: self.value,
            tier: Tier::Standard,
            modified,
            modified_by: Box::default(), // nobody with an ARN
            description: self.description,
            rare: rare.boxed(),
            rest: Default::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<WrittenParameters, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    fn one(name: &str, parameter: &serde_json::Value) -> String {
        read(&json!({name: parameter}).to_string()).unwrap_err()
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let text = "{\n  \"/aws/service/a\": {\"value\": \"v\"},\n  \"/app/b\": {\"value\": \"v\"}\n}";
        insta::assert_snapshot!(read(text).unwrap_err(), @"`/app/b` is no public parameter's name, which has letters, digits and `_.-/` and begins with `/aws/service/` at line 3 column 10");
        let twice = text.replace("/app/b", "/aws/service/a");
        insta::assert_snapshot!(read(&twice).unwrap_err(), @"`/aws/service/a` is there twice at line 3 column 18");
    }

    #[test]
    fn what_could_not_be_a_parameter_is_refused() {
        let ok = json!({"value": "v"});
        for name in [
            "/aws/service",
            "/aws/service/",
            "aws/service/x",
            "/aws/service/x/",
            " /aws/service/x",
        ] {
            assert!(one(name, &ok).contains("no public parameter's name"), "{name}");
        }
        let deep = format!("/aws/service{}", "/a".repeat(14));
        assert!(one(&deep, &ok).contains("16 levels"));
        let long = format!("/aws/service/{}", "a".repeat(900));
        assert!(one(&long, &ok).contains("more than 900 characters"));
        for (parameter, why) in [
            (json!({"value": ""}), "1 to 4096 bytes"),
            (json!({"value": "x".repeat(4097)}), "1 to 4096 bytes"),
            (
                json!({"value": "v", "type": "SecureString"}),
                "not `SecureString`",
            ),
            (
                json!({"value": "v", "data_type": "image"}),
                "data type is not supported",
            ),
            (
                json!({"value": "v", "data_type": "aws:ec2:image"}),
                "must be an image id",
            ),
            (
                json!({"value": "v", "description": "x".repeat(1025)}),
                "at most 1024 characters",
            ),
            (json!({"value": "v", "tier": "Advanced"}), "unknown field `tier`"),
            (json!({}), "missing field `value`"),
        ] {
            let refused = one("/aws/service/x", &parameter);
            assert!(refused.contains(why), "{refused}");
        }
    }

    #[test]
    fn there_are_at_most_ten_thousand() {
        let many = |number: usize| {
            let all = (0..number).map(|n| (format!("/aws/service/{n}"), json!({"value": "v"})));
            read(&serde_json::Value::Object(all.collect()).to_string())
        };
        assert!(many(MAX).is_ok());
        assert!(many(MAX + 1).unwrap_err().contains("more than 10000 parameters"));
    }
}
