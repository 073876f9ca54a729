//! Members of a structure, in the order of the model: maps of JSON readers lose it.

use std::fmt;

use serde::Deserializer;
use serde::de::{MapAccess, Visitor};

use super::model::{Member, Target};

/// Reads an object of members into a list.
pub(super) fn in_order<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Member>, D::Error> {
    from.deserialize_map(Members)
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<Member>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the members of a structure")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Member>, A::Error> {
        let mut members = Vec::new();
        while let Some((name, target)) = map.next_entry::<String, Target>()? {
            members.push(Member { name, target });
        }
        Ok(members)
    }
}
