//! Encryption contexts, as requests bring them.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::condition_keys::is_in_lower_case;
use crate::{EncryptionContext, KmsError};

/// Bytes of all keys and values together. UNSURE: AWS's own limit is not known; its Encryption SDK
/// stops at 8 KiB too. Policies are matched against these, so there has to be one.
const MAX_BYTES: usize = 8192;

/// Takes the context of a request.
///
/// # Errors
///
/// `ValidationException` for one that is too long.
//
// DIFFERS: keys that differ in case only are refused. Condition keys ignore case, so a policy about
// `kms:EncryptionContext:app` could not tell which of `app` and `APP` it is about.
pub(crate) fn parse(context: Option<BTreeMap<String, String>>) -> Result<Arc<EncryptionContext>, KmsError> {
    let context = context.unwrap_or_default();
    let bytes: usize = context.iter().map(|(key, value)| key.len() + value.len()).sum();
    if bytes > MAX_BYTES {
        let text = format!("The encryption context has {bytes} bytes; at most {MAX_BYTES} are allowed.");
        return Err(KmsError::Validation(text));
    }
    let mut seen = HashSet::new();
    if !context.keys().all(|key| is_in_lower_case(key))
        && !context.keys().all(|key| seen.insert(key.to_lowercase()))
    {
        let text = "The encryption context has keys that differ in upper and lower case only.";
        return Err(KmsError::Validation(text.to_owned()));
    }
    Ok(Arc::new(context))
}

/// Refuses a context where there is no place for one: only symmetric ciphertexts carry it.
///
/// # Errors
///
/// `ValidationException`. UNSURE: AWS's sentence.
pub(crate) fn refuse(context: &EncryptionContext, algorithm: &str) -> Result<(), KmsError> {
    if context.is_empty() {
        return Ok(());
    }
    Err(KmsError::Validation(format!(
        "EncryptionContext is not supported with algorithm {algorithm}."
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(pairs: &[(&str, &str)]) -> Option<BTreeMap<String, String>> {
        Some(
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn a_context_comes_out_as_it_was_sent() {
        assert_eq!(parse(None).unwrap().len(), 0);
        assert_eq!(parse(context(&[("App", "x"), ("b", "")])).unwrap()["App"], "x");
    }

    #[test]
    fn keys_that_a_policy_could_not_tell_apart_are_refused() {
        assert!(parse(context(&[("app", "other"), ("APP", "mine")])).is_err());
    }

    #[test]
    fn a_context_that_would_cost_policies_too_much_is_refused() {
        assert!(parse(context(&[("x", &"a".repeat(MAX_BYTES))])).is_err());
    }
}
