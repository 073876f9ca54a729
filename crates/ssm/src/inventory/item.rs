//! What a node tells of one type.

use std::collections::BTreeMap;

use super::{Entry, InventoryError, TypeName};
use crate::records::Inventory;
use crate::wire;

/// What a node tells of one type: all entries, or that they are what they were.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) kind: TypeName,
    schema_version: Box<str>,
    capture_time: Box<str>,
    pub(crate) content_hash: Option<Box<str>>,
    /// None if nothing has changed.
    pub(crate) content: Option<Vec<Entry>>,
    context: BTreeMap<String, String>,
}

/// The most that one type may take.
// UNSURE: AWS's quota is 200 KB for a type of a node, as far as is known.
const MOST_OF_ONE: usize = 200 * 1024;

/// The most that is kept of a node: AWS's quota for what comes at once, and about what one transaction
/// holds, so that all of it can be written anew together.
const MOST: usize = 1_000_000;

/// The most memory that what is kept of a node may take: many short entries need far more than their text.
const MOST_MEMORY: usize = 8 * 1024 * 1024;

/// What something takes, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    /// In the store, about: each text and what is written around it.
    written: usize,
    /// In memory, about.
    memory: usize,
}

impl Size {
    /// What is known of one type takes.
    fn of(content: &[Entry], context: &BTreeMap<String, String>) -> Size {
        let mut size = Size {
            written: 256,
            memory: 1024,
        };
        for entry in content.iter().chain([context]) {
            size.written += 4;
            size.memory += 600;
            for (name, text) in entry {
                size.written += 8 + escaped(name) + escaped(text);
                size.memory += 100 + name.len() + text.len();
            }
        }
        size
    }

    /// Holds everything together that is to be known of a node against what there is room for.
    ///
    /// # Errors
    ///
    /// `TotalSizeLimitExceededException`.
    pub(crate) fn check(all: impl Iterator<Item = Size>) -> Result<(), InventoryError> {
        let all = all.fold(Size::default(), |sum, size| Size {
            written: sum.written + size.written,
            memory: sum.memory + size.memory,
        });
        match all.written > MOST || all.memory > MOST_MEMORY {
            true => Err(InventoryError::TooLarge),
            false => Ok(()),
        }
    }
}

impl Inventory {
    /// What it takes.
    pub(crate) fn size(&self) -> Size {
        Size::of(&self.content, &self.context)
    }
}

impl Item {
    /// Reads what the wire has held against patterns and numbers.
    ///
    /// # Errors
    ///
    /// What is wrong with one of them, or with all of them together.
    pub(crate) fn parse_all(wire: Vec<wire::InventoryItem>) -> Result<Vec<Item>, InventoryError> {
        let mut items = wire.into_iter().map(Item::parse).collect::<Result<Vec<_>, _>>()?;
        Size::check(items.iter().map(Item::size))?;
        items.sort_by(|one, other| one.kind.cmp(&other.kind));
        match items.windows(2).find(|pair| pair[0].kind == pair[1].kind) {
            // UNSURE: what AWS makes of one type twice.
            Some(pair) => Err(InventoryError::InvalidContent(pair[0].kind.as_str().to_owned())),
            None => Ok(items),
        }
    }

    fn parse(wire: wire::InventoryItem) -> Result<Item, InventoryError> {
        let item = Item {
            kind: TypeName::parse(&wire.type_name.unwrap_or_default())?,
            schema_version: wire.schema_version.unwrap_or_default().into(),
            capture_time: wire.capture_time.unwrap_or_default().into(),
            content_hash: wire.content_hash.filter(|hash| !hash.is_empty()).map(Into::into),
            content: wire.content,
            context: wire.context.unwrap_or_default(),
        };
        let name = || item.kind.as_str().to_owned();
        if item.kind.is_the_servers() {
            return Err(InventoryError::InvalidTypeName(name()));
        }
        if item.content.is_none() && item.content_hash.is_none() {
            return Err(InventoryError::InvalidContent(name()));
        }
        if !item.context.is_empty() && !item.kind.has_context() {
            return Err(InventoryError::UnsupportedContext);
        }
        match item.size().written > MOST_OF_ONE {
            true => Err(InventoryError::ItemTooLarge(name())),
            false => Ok(item),
        }
    }

    /// What it takes; nothing is told of what has not changed.
    pub(crate) fn size(&self) -> Size {
        Size::of(self.content.as_deref().unwrap_or_default(), &self.context)
    }

    /// The record of it, with this content.
    pub(crate) fn record(&self, content: Vec<Entry>) -> Inventory {
        Inventory {
            schema_version: self.schema_version.clone(),
            capture_time: self.capture_time.clone(),
            content_hash: self.content_hash.clone(),
            content,
            context: self.context.clone(),
            rest: Default::default(),
        }
    }
}

/// How long a text is in JSON, at most.
fn escaped(text: &str) -> usize {
    let length = |byte: u8| match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(length).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: &str, content: Option<Vec<Entry>>) -> wire::InventoryItem {
        wire::InventoryItem {
            type_name: Some(kind.to_owned()),
            schema_version: Some("1.0".to_owned()),
            capture_time: Some("2026-01-01T00:00:00Z".to_owned()),
            content,
            ..wire::InventoryItem::default()
        }
    }

    fn entries(count: usize, text: &str) -> Option<Vec<Entry>> {
        let entry = Entry::from([("Name".to_owned(), text.to_owned())]);
        Some(vec![entry; count])
    }

    fn refused(items: Vec<wire::InventoryItem>) -> &'static str {
        Item::parse_all(items).map_or_else(|error| error.code(), |_| "taken")
    }

    #[test]
    fn an_item_says_something_of_a_type_that_is_told() {
        assert_eq!(refused(vec![item("AWS:Application", entries(1, "x"))]), "taken");
        assert_eq!(refused(vec![item("AWS:Application", Some(Vec::new()))]), "taken");
        assert_eq!(
            refused(vec![item("AWS:Application", None)]),
            "InvalidItemContentException"
        );
        for kind in ["AWS:InstanceInformation", "AWS:Tag", "AWS:Nothing"] {
            assert_eq!(
                refused(vec![item(kind, entries(1, "x"))]),
                "InvalidTypeNameException"
            );
        }
        let twice = vec![
            item("Custom:A", entries(1, "x")),
            item("Custom:A", entries(1, "y")),
        ];
        assert_eq!(refused(twice), "InvalidItemContentException");
    }

    #[test]
    fn only_compliance_has_a_context() {
        let context = BTreeMap::from([("PatchGroup".to_owned(), "g".to_owned())]);
        for (kind, expected) in [
            ("AWS:ComplianceItem", "taken"),
            ("AWS:Application", "UnsupportedInventoryItemContextException"),
        ] {
            let item = wire::InventoryItem {
                context: Some(context.clone()),
                ..item(kind, entries(1, "x"))
            };
            assert_eq!(refused(vec![item]), expected);
        }
    }

    #[test]
    fn one_item_and_all_together_have_their_limits() {
        let long = "x".repeat(4096);
        assert_eq!(refused(vec![item("Custom:A", entries(49, &long))]), "taken");
        assert_eq!(
            refused(vec![item("Custom:A", entries(51, &long))]),
            "ItemSizeLimitExceededException"
        );
        // What has to be escaped is longer than it looks.
        assert_eq!(
            refused(vec![item("Custom:A", entries(10, &"\u{1}".repeat(4096)))]),
            "ItemSizeLimitExceededException"
        );
        // And many short texts take more memory than their length.
        let short = (0..2).map(|n| item(&format!("Custom:A{n}"), entries(7_000, "")));
        assert_eq!(refused(short.collect()), "TotalSizeLimitExceededException");
        let many = (0..6).map(|n| item(&format!("Custom:A{n}"), entries(45, &long)));
        assert_eq!(refused(many.collect()), "TotalSizeLimitExceededException");
    }
}
