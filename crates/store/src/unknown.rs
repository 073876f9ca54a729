//! Fields that a newer version wrote: carried along, so that a rewrite by this one loses nothing.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// A record's unknown fields, for `#[serde(flatten)] rest: Unknown`. One pointer when empty.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Unknown(Option<Box<Map<String, Value>>>);

impl Unknown {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl fmt::Debug for Unknown {
    /// Names only: nobody here knows which values are secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().flat_map(|fields| fields.keys()))
            .finish()
    }
}

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.0.iter().flat_map(|fields| fields.iter()) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Unknown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Unknown;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Unknown, A::Error> {
        let mut fields = Map::new();
        while let Some((name, value)) = access.next_entry()? {
            fields.insert(name, value);
        }
        Ok(Unknown((!fields.is_empty()).then(|| Box::new(fields))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, serde::Serialize)]
    struct Known {
        name: String,
        #[serde(flatten)]
        rest: Unknown,
    }

    #[test]
    fn unknown_fields_survive_a_rewrite() {
        let newer = r#"{"name":"x","since":{"rev":3},"tags":["a"]}"#;
        let known: Known = serde_json::from_str(newer).unwrap();
        assert_eq!(serde_json::to_string(&known).unwrap(), newer);
        assert_eq!(format!("{:?}", known.rest), r#"["since", "tags"]"#);
    }

    #[test]
    fn no_unknown_fields_cost_one_pointer() {
        let known: Known = serde_json::from_str(r#"{"name":"x"}"#).unwrap();
        assert!(known.rest.is_empty());
        assert_eq!(size_of::<Unknown>(), size_of::<usize>());
    }
}
