//! Which documents ListDocuments lists.

use super::Described;
use super::describe::AMAZON;
use crate::ParameterError;
use crate::wire::{self, document_filter_key};

/// Filters, all of which have to hold; of one filter's values one has to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters {
    filters: Vec<(String, Vec<String>)>,
    /// Whose documents are looked at.
    pub(crate) owner: Owner,
    /// All of it as a text, which page tokens are bound to.
    pub(crate) text: String,
}

/// Whose documents.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Owner {
    /// The account's and AWS's.
    #[default]
    Anybody,
    /// The account's.
    Own,
    /// The account's, and those that others share with it.
    Private,
    /// AWS's, and those that others share with everybody.
    Public,
    /// AWS's.
    Amazon,
    /// Others' that AWS sells: none.
    ThirdParty,
}

const KEYS: [&str; 6] = [
    "DocumentType",
    "Name",
    "Owner",
    "PlatformTypes",
    "SearchKeyword",
    "TargetType",
];

impl Filters {
    /// Reads either form.
    ///
    /// # Errors
    ///
    /// `Validation` for both at once or more than one owner, `InvalidFilterKey`.
    pub(crate) fn parse(
        old: Option<Vec<wire::DocumentFilter>>,
        new: Option<Vec<wire::DocumentKeyValuesFilter>>,
    ) -> Result<Filters, ParameterError> {
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        if !old.is_empty() && !new.is_empty() {
            // UNSURE: AWS's own sentence has not been seen.
            let both = "You can use either Filters or DocumentFilterList in a single request.";
            return Err(ParameterError::Validation(both.to_owned()));
        }
        let old = old.into_iter().map(|filter| {
            let value = filter.value.unwrap_or_default();
            (filter.key.unwrap_or_default(), vec![value])
        });
        let new = new
            .into_iter()
            .map(|filter| (filter.key.unwrap_or_default(), filter.values.unwrap_or_default()));
        let mut all = Filters::default();
        for (key, values) in old.chain(new) {
            all.text.push_str(&format!("|{key:?}{values:?}"));
            all.add(key, values)?;
        }
        Ok(all)
    }

    fn add(&mut self, key: String, values: Vec<String>) -> Result<(), ParameterError> {
        if !KEYS.contains(&key.as_str()) && !key.starts_with("tag:") {
            // UNSURE: AWS's own sentence has not been seen.
            let sentence = format!("The filter key {key} is not valid.");
            return Err(ParameterError::InvalidFilterKey(sentence));
        }
        if key != document_filter_key::OWNER {
            self.filters.push((key, values));
            return Ok(());
        }
        let [owner] = values.as_slice() else {
            let sentence = "Owner filter can only have one value.";
            return Err(ParameterError::Validation(sentence.to_owned()));
        };
        self.owner = match owner.as_str() {
            "Self" => Owner::Own,
            "Private" => Owner::Private,
            "Public" => Owner::Public,
            "ThirdParty" => Owner::ThirdParty,
            AMAZON => Owner::Amazon,
            // UNSURE: AWS's own sentence has not been seen.
            other => return Err(ParameterError::Validation(format!("Owner {other} is not valid."))),
        };
        Ok(())
    }

    pub(crate) fn accept(&self, document: &Described<'_>) -> bool {
        let mut filters = self.filters.iter();
        filters.all(|(key, values)| values.iter().any(|value| accepts(key, value, document)))
    }
}

fn accepts(key: &str, value: &str, document: &Described<'_>) -> bool {
    let facts = document.facts;
    match key {
        "DocumentType" => document.kind == value,
        "Name" => document.name.starts_with(value),
        "PlatformTypes" => facts.platforms.iter().any(|platform| **platform == *value),
        "SearchKeyword" => document.name.to_lowercase().contains(&value.to_lowercase()),
        "TargetType" => facts.target_type.as_deref() == Some(value),
        _ => key.strip_prefix("tag:").is_some_and(|key| {
            let mut tags = document.tags.iter();
            tags.any(|tag| tag.key == key && tag.value == value)
        }),
    }
}
