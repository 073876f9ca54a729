//! `ContextEntries`: condition keys with their values and types.

use kagiban_policy::{Facts, ValueKind};

use super::scenario::invalid;
use crate::IamError;
use crate::wire::ContextEntry;

/// The most entries, and the most values of one. UNSURE: AWS's numbers.
const MOST: usize = 100;

/// Takes the entries; values that are not of the declared type are refused, since no condition could
/// compare them.
///
/// # Errors
///
/// `InvalidInput`. UNSURE: AWS's sentences.
pub(super) fn parse(entries: Vec<ContextEntry>) -> Result<Facts, IamError> {
    if entries.len() > MOST {
        return invalid(format!("At most {MOST} context entries can be given."));
    }
    let mut facts = Facts::new();
    let mut seen = Vec::new();
    for entry in entries {
        let (Some(key), Some(values)) = (entry.context_key_name, entry.context_key_values) else {
            return invalid("A context entry needs ContextKeyName and ContextKeyValues.".to_owned());
        };
        if seen.contains(&key.to_lowercase()) {
            return invalid(format!("The context key {key} is given more than once."));
        }
        let kind = entry.context_key_type.as_deref().unwrap_or("string");
        check(&key, &values, kind)?;
        seen.push(key.to_lowercase());
        facts = facts.with_all(&key, values.iter().map(String::as_str));
    }
    Ok(facts)
}

fn check(key: &str, values: &[String], declared: &str) -> Result<(), IamError> {
    let (kind, many) = match declared.strip_suffix("List") {
        Some(kind) => (kind, true),
        None => (declared, false),
    };
    let most = if many { MOST } else { 1 };
    if values.is_empty() || values.len() > most {
        return invalid(format!(
            "The context key {key} of type {declared} has {} values.",
            values.len()
        ));
    }
    let kind = match kind {
        "numeric" => ValueKind::Numeric,
        "boolean" => ValueKind::Boolean,
        "ip" => ValueKind::Ip,
        "binary" => ValueKind::Binary,
        "date" => ValueKind::Date,
        _ => ValueKind::Text,
    };
    match values.iter().find(|value| !kind.accepts(value)) {
        Some(value) => invalid(format!(
            "The value {value} of the context key {key} is not of type {declared}."
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: &str, values: &[&str]) -> Vec<ContextEntry> {
        vec![ContextEntry {
            context_key_name: Some("aws:key".to_owned()),
            context_key_values: Some(values.iter().map(|value| (*value).to_owned()).collect()),
            context_key_type: Some(kind.to_owned()),
        }]
    }

    #[test]
    fn values_are_of_the_declared_type_and_number() {
        for (kind, values) in [
            ("string", &["x"][..]),
            ("stringList", &["x", "y"]),
            ("numeric", &["1"]),
            ("ipList", &["10.0.0.1", "::1"]),
            ("date", &["2026-01-31T09:08:07Z"]),
        ] {
            assert!(parse(entry(kind, values)).is_ok(), "{kind}");
        }
        for (kind, values) in [
            ("string", &["x", "y"][..]),
            ("string", &[]),
            ("numeric", &["x"]),
            ("booleanList", &["true", "maybe"]),
            ("ip", &["x"]),
            ("date", &["x"]),
            ("binary", &["!"]),
        ] {
            assert!(parse(entry(kind, values)).is_err(), "{kind} {values:?}");
        }
    }

    #[test]
    fn a_key_is_given_once() {
        let twice = [entry("string", &["x"]), entry("string", &["y"])].concat();
        assert_eq!(
            parse(twice).unwrap_err().to_string(),
            "The context key aws:key is given more than once."
        );
    }
}
