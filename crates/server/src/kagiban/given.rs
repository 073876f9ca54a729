//! `ContextEntries`: condition keys that whoever asks writes down.

use kagiban_iam::explanation::Circumstances;

use super::{KagibanError, wire};

/// Takes the entries; a key given twice is refused, since one of the two would be dropped.
///
/// # Errors
///
/// `InvalidInput`.
pub(super) fn parse(entries: Option<Vec<wire::ContextEntry>>) -> Result<Circumstances, KagibanError> {
    let mut circumstances = Circumstances::default();
    let mut seen = Vec::new();
    for entry in entries.unwrap_or_default() {
        let key = entry.context_key_name.unwrap_or_default();
        let values = entry.context_key_values.unwrap_or_default();
        if seen.contains(&key.to_lowercase()) {
            let text = format!("the condition key `{key}` is given twice; list its values in one entry");
            return Err(KagibanError::InvalidInput(text));
        }
        seen.push(key.to_lowercase());
        let values = values.iter().map(String::as_str);
        circumstances.given = circumstances.given.with_all(&key, values);
    }
    Ok(circumstances)
}
