//! Which condition keys policies ask for.

use kagiban_policy::Policy;

use super::scenario;
use crate::{IamError, wire};

/// Compiles the policies of a request.
///
/// # Errors
///
/// `InvalidInput`.
pub(crate) fn documents(texts: Option<Vec<String>>) -> Result<Vec<Policy>, IamError> {
    scenario::policies(texts, "PolicyInputList")
}

/// Each key once, as it is first spelled.
pub(crate) fn context_keys<'p>(
    policies: impl Iterator<Item = &'p Policy>,
) -> wire::GetContextKeysForPolicyResponse {
    let mut names: Vec<String> = Vec::new();
    for key in policies.flat_map(Policy::context_keys) {
        if !names.iter().any(|name| name.to_lowercase() == key.to_lowercase()) {
            names.push(key.to_owned());
        }
    }
    wire::GetContextKeysForPolicyResponse {
        context_key_names: Some(names),
    }
}
