//! Levels of names as levels of a file.

use std::collections::BTreeMap;
use std::fmt;

use kagiban_aws::SecretString;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::{Entries, Entry, FormatError, MAX_LEVELS, check_level};

/// A level, or what is at its end.
#[derive(Debug)]
pub(super) enum Node {
    Leaf(Entry),
    Branch(BTreeMap<String, Node>),
}

/// Puts names into levels.
///
/// Where a name is also a level of others (`a` and `a/b`), no file can have it as both; the others then
/// keep their slashes.
pub(super) fn nested(entries: &Entries) -> Node {
    let all = entries.iter().map(|(name, entry)| (name.as_str(), entry));
    Node::Branch(branch(all.collect()))
}

fn branch(entries: Vec<(&str, &Entry)>) -> BTreeMap<String, Node> {
    let mut levels: BTreeMap<&str, Vec<(&str, &Entry)>> = BTreeMap::new();
    let mut nodes = BTreeMap::new();
    for (name, entry) in entries {
        match name.split_once('/') {
            Some((level, rest)) => levels.entry(level).or_default().push((rest, entry)),
            None => {
                nodes.insert(name.to_owned(), Node::Leaf(entry.clone()));
            }
        }
    }
    for (level, below) in levels {
        if !nodes.contains_key(level) {
            nodes.insert(level.to_owned(), Node::Branch(branch(below)));
            continue;
        }
        let flat = below.into_iter();
        nodes.extend(flat.map(|(rest, entry)| (format!("{level}/{rest}"), Node::Leaf(entry.clone()))));
    }
    nodes
}

/// Puts levels back into names.
///
/// # Errors
///
/// If a name is not one, too deep, or there twice.
pub(super) fn flattened(root: Node) -> Result<Entries, FormatError> {
    let Node::Branch(branch) = root else {
        return Err(FormatError::Content(
            "the file has to have names and values".to_owned(),
        ));
    };
    let mut entries = Entries::new();
    let mut open: Vec<(String, Node)> = branch.into_iter().collect();
    while let Some((name, node)) = open.pop() {
        let levels: Vec<&str> = name.split('/').collect();
        if levels.len() > MAX_LEVELS {
            let text = format!("a name has more than {MAX_LEVELS} levels");
            return Err(FormatError::Content(text));
        }
        levels.into_iter().try_for_each(check_level)?;
        match node {
            Node::Branch(below) => {
                open.extend(
                    below
                        .into_iter()
                        .map(|(level, node)| (format!("{name}/{level}"), node)),
                );
            }
            Node::Leaf(entry) => {
                if entries.contains_key(&name) {
                    return Err(FormatError::Content(format!("`{name}` is there twice")));
                }
                entries.insert(name, entry);
            }
        }
    }
    Ok(entries)
}

/// Values come before levels, as TOML wants it.
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let below = match self {
            Node::Leaf(entry) if entry.is_list => return serializer.collect_seq(entry.items()),
            Node::Leaf(entry) => return serializer.serialize_str(entry.value.expose()),
            Node::Branch(below) => below,
        };
        let mut map = serializer.serialize_map(Some(below.len()))?;
        let is_leaf = |node: &Node| matches!(node, Node::Leaf(_));
        for leaves in [true, false] {
            for (name, node) in below.iter().filter(|(_, node)| is_leaf(node) == leaves) {
                map.serialize_entry(name, node)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(AnyNode)
    }
}

/// The item of a list.
struct Item(SecretString);

/// Integers from here on come as fractions.
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Item, D::Error> {
        match Node::deserialize(deserializer)? {
            Node::Leaf(Entry {
                value,
                is_list: false,
            }) => Ok(Item(value)),
            _ => Err(de::Error::custom("a list can have texts only")),
        }
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list of texts, or names with these")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(leaf(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Node, E> {
        Ok(leaf(text))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Node, E> {
        Ok(leaf(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Node, E> {
        Ok(leaf(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Node, E> {
        Ok(leaf(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Node, E> {
        // `1.10` would come out as `1.1`, and an integer of many digits with other digits.
        Err(E::custom(
            match value.fract() == 0.0 && value.abs() >= TWO_TO_63 {
                true => "a number of that many digits has to be in quotes",
                false => "a number with a fraction has to be in quotes",
            },
        ))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Err(E::custom("null is no value of a parameter"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(Item(item)) = items.next_element()? {
            list.push(item);
        }
        joined(&list).map(Node::Leaf).map_err(de::Error::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut below = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            if name.starts_with("$__toml_private") {
                return Err(de::Error::custom("a date has to be in quotes"));
            }
            let node: Node = map.next_value()?;
            insert(&mut below, name, node).map_err(de::Error::custom)?;
        }
        Ok(Node::Branch(below))
    }
}

fn leaf(text: String) -> Node {
    Node::Leaf(Entry::text(text))
}

/// Adds a name to a level.
///
/// # Errors
///
/// If it is there.
pub(super) fn insert(
    level: &mut BTreeMap<String, Node>,
    name: String,
    node: Node,
) -> Result<(), FormatError> {
    match level.contains_key(&name) {
        true => Err(FormatError::Content(format!(
            "`{}` is there twice",
            name.escape_debug()
        ))),
        false => {
            level.insert(name, node);
            Ok(())
        }
    }
}

/// A StringList, which has commas between its items and so none in them.
///
/// # Errors
///
/// If there is no item, or a comma in one.
pub(super) fn joined(items: &[SecretString]) -> Result<Entry, FormatError> {
    if items.is_empty() || items.iter().any(|item| item.expose().contains(',')) {
        let text = "a list needs items, and an item of a StringList has no comma";
        return Err(FormatError::Content(text.to_owned()));
    }
    let items: Vec<&str> = items.iter().map(SecretString::expose).collect();
    Ok(Entry {
        value: items.join(",").into(),
        is_list: true,
    })
}
