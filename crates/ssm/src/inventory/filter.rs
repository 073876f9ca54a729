//! Filters of inventory: all must hold, and one of each filter's values.

use super::{Entry, InventoryError, TypeName};
use crate::wire::{self, inventory_query_operator_type as operator};

/// The filters of one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters {
    filters: Vec<Filter>,
    /// All of them as a text, which page tokens are bound to.
    pub(crate) text: String,
}

/// One filter: of entries of a type.
#[derive(Clone, Debug)]
struct Filter {
    kind: TypeName,
    /// None for the type as a whole.
    attribute: Option<String>,
    how: How,
    values: Vec<String>,
}

/// How texts are compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum How {
    Equal,
    NotEqual,
    BeginWith,
    LessThan,
    GreaterThan,
    Exists,
}

impl Filters {
    /// Reads filters with keys such as `AWS:Application.Name`; of entries of one type that is known, also such
    /// as `Name`.
    ///
    /// # Errors
    ///
    /// `InvalidFilter` for keys that name no type, another type, or nothing to compare with.
    pub(crate) fn parse(
        wire: Option<Vec<wire::InventoryFilter>>,
        of: Option<&TypeName>,
    ) -> Result<Filters, InventoryError> {
        let text = format!("{wire:?}{of:?}");
        let filters = wire.into_iter().flatten().map(|filter| Filter::parse(filter, of));
        Ok(Filters {
            filters: filters.collect::<Result<_, _>>()?,
            text,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.filters.is_empty()
    }

    /// Whether what is told of each type that a filter is about is as the filter wants it; none if nothing is
    /// told.
    pub(crate) fn accept<'e>(&self, of: impl Fn(&TypeName) -> Option<std::borrow::Cow<'e, [Entry]>>) -> bool {
        let accepts = |filter: &Filter| match of(&filter.kind) {
            Some(entries) => filter.accepts(&entries),
            None => filter.how == How::NotEqual,
        };
        self.filters.iter().all(accepts)
    }

    /// Whether one entry is as all filters want it.
    pub(crate) fn accept_entry(&self, entry: &Entry) -> bool {
        let entry = std::slice::from_ref(entry);
        self.filters.iter().all(|filter| filter.accepts(entry))
    }
}

impl Filter {
    fn parse(wire: wire::InventoryFilter, of: Option<&TypeName>) -> Result<Filter, InventoryError> {
        let key = wire.key.unwrap_or_default();
        let how = How::parse(wire.r#type.as_deref());
        let (kind, attribute) = match of {
            Some(kind) => (kind.clone(), own_attribute(&key, kind)),
            None => split(&key, how)?,
        };
        let makes_sense = attribute.as_ref().is_some_and(|attribute| !attribute.is_empty());
        if !makes_sense && how != How::Exists {
            return Err(InventoryError::InvalidFilter(key));
        }
        Ok(Filter {
            kind,
            attribute,
            how,
            values: wire.values.unwrap_or_default(),
        })
    }

    /// Whether one of the entries is as it should be; for `NotEqual`, whether none is as it should not be.
    fn accepts(&self, entries: &[Entry]) -> bool {
        let Some(attribute) = &self.attribute else {
            return true; // there is something of the type
        };
        let mut texts = entries.iter().filter_map(|entry| entry.get(attribute));
        match self.how {
            How::Exists => texts.next().is_some(),
            How::NotEqual => !texts.any(|text| self.values.contains(text)),
            how => texts.any(|text| self.values.iter().any(|value| how.holds(text, value))),
        }
    }
}

/// The attribute in a key of entries of a type.
fn own_attribute(key: &str, kind: &TypeName) -> Option<String> {
    let attribute = match key.strip_prefix(kind.as_str()) {
        Some(rest) => rest.strip_prefix('.')?,
        None if key.contains(':') => return None,
        None => key,
    };
    Some(attribute.to_owned())
}

/// Type and attribute in a key such as `AWS:Application.Name`, or a type alone.
fn split(key: &str, how: How) -> Result<(TypeName, Option<String>), InventoryError> {
    let invalid = |_| InventoryError::InvalidFilter(key.to_owned());
    if how == How::Exists
        && let Ok(kind) = TypeName::parse(key)
        && !kind.is_custom()
    {
        return Ok((kind, None));
    }
    match key.rsplit_once('.') {
        Some((kind, attribute)) => {
            let kind = TypeName::parse(kind).map_err(invalid)?;
            Ok((kind, Some(attribute.to_owned())))
        }
        None => Ok((TypeName::parse(key).map_err(invalid)?, None)),
    }
}

impl How {
    /// The wire has held the word against the set.
    fn parse(word: Option<&str>) -> How {
        match word.unwrap_or(operator::EQUAL) {
            operator::NOT_EQUAL => How::NotEqual,
            operator::BEGIN_WITH => How::BeginWith,
            operator::LESS_THAN => How::LessThan,
            operator::GREATER_THAN => How::GreaterThan,
            operator::EXISTS => How::Exists,
            _ => How::Equal,
        }
    }

    fn holds(self, text: &str, value: &str) -> bool {
        match self {
            How::Equal | How::NotEqual => text == value,
            How::BeginWith => text.starts_with(value),
            How::LessThan => order(text, value).is_lt(),
            How::GreaterThan => order(text, value).is_gt(),
            How::Exists => true,
        }
    }
}

/// Numbers by what they are, all else letter by letter.
// UNSURE: how AWS compares versions.
fn order(text: &str, value: &str) -> std::cmp::Ordering {
    match (text.parse::<f64>(), value.parse::<f64>()) {
        (Ok(number), Ok(other)) => number.total_cmp(&other),
        _ => text.cmp(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(key: &str, how: &str, values: &[&str]) -> wire::InventoryFilter {
        wire::InventoryFilter {
            key: Some(key.to_owned()),
            values: Some(values.iter().map(|&value| value.to_owned()).collect()),
            r#type: Some(how.to_owned()),
        }
    }

    fn entries() -> Vec<Entry> {
        let entry = |name: &str, size: &str| {
            Entry::from(
                [("Name", name), ("Size", size)].map(|(key, value)| (key.to_owned(), value.to_owned())),
            )
        };
        vec![entry("bash", "9"), entry("vim", "100")]
    }

    fn accepts(key: &str, how: &str, values: &[&str]) -> bool {
        let filters = Filters::parse(Some(vec![filter(key, how, values)]), None).unwrap();
        filters.accept(|kind| (kind.as_str() == "AWS:File").then(|| entries().into()))
    }

    #[test]
    fn each_operator_means_what_it_says() {
        for (how, values, expected) in [
            ("Equal", &["vim"][..], true),
            ("Equal", &["emacs", "bash"], true),
            ("Equal", &["vi"], false),
            ("NotEqual", &["vim"], false),
            ("NotEqual", &["emacs"], true),
            ("BeginWith", &["vi"], true),
            ("BeginWith", &["im"], false),
            ("Exists", &["whatever"], true),
        ] {
            assert_eq!(
                accepts("AWS:File.Name", how, values),
                expected,
                "{how} {values:?}"
            );
        }
        assert!(accepts("AWS:File.Size", "LessThan", &["10"]), "as numbers");
        assert!(accepts("AWS:File.Size", "GreaterThan", &["99"]));
        assert!(!accepts("AWS:File.Size", "GreaterThan", &["100"]));
        assert!(!accepts("AWS:File.Color", "Exists", &["x"]));
        assert!(accepts("AWS:File", "Exists", &["x"]));
        assert!(!accepts("AWS:Service", "Exists", &["x"]), "nothing is told of it");
        assert!(accepts("AWS:Service.Name", "NotEqual", &["x"]));
    }

    #[test]
    fn a_key_names_a_type_and_what_is_compared() {
        let parse = |key: &str, how: &str, of: Option<&TypeName>| {
            Filters::parse(Some(vec![filter(key, how, &["x"])]), of).is_ok()
        };
        for key in ["Name", "AWS:Nothing.Name", "AWS:File", "AWS:File.", ""] {
            assert!(!parse(key, "Equal", None), "{key}");
        }
        assert!(parse("Custom:a.b.Name", "Equal", None));
        let file = TypeName::parse("AWS:File").unwrap();
        for (key, expected) in [
            ("Name", true),
            ("AWS:File.Name", true),
            ("AWS:Service.Name", false),
            ("AWS:File", false),
        ] {
            assert_eq!(parse(key, "Equal", Some(&file)), expected, "{key}");
        }
    }
}
