//! Aliases as requests write them, and what may have one.

use crate::records::KeyManager;
use crate::standing::Needs;
use crate::{Found, KeyRef, KmsError, managed};

/// AWS's limit for one key.
const MAX_OF_KEY: usize = 50;

/// Reads the name of an alias that somebody wants to make or point elsewhere.
///
/// # Errors
///
/// Without the prefix, with characters that no alias has, and for AWS's own.
pub(crate) fn parse(name: Option<String>) -> Result<String, KmsError> {
    let alias = name.unwrap_or_default();
    let name = alias.strip_prefix("alias/").ok_or(KmsError::AliasPrefix)?;
    if managed::is_reserved(&alias) {
        return Err(KmsError::ReservedAlias);
    }
    // The model allows `:`, the service does not.
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    if name.is_empty() || !name.chars().all(allowed) {
        let text =
            "Alias must contain only alphanumeric characters, forward slashes, underscores, and dashes";
        return Err(KmsError::InvalidAliasName(text.to_owned()));
    }
    Ok(alias)
}

/// Reads the key that an alias shall mean.
///
/// # Errors
///
/// For another alias, and for what names no key.
pub(crate) fn target(key: Option<String>) -> Result<KeyRef, KmsError> {
    match key.unwrap_or_default().parse()? {
        KeyRef::Alias(_) | KeyRef::AliasArn(_) => Err(KmsError::Validation(
            "Aliases must refer to keys. Not aliases".to_owned(),
        )),
        key => Ok(key),
    }
}

/// Refuses keys that cannot have one more alias, of this name.
///
/// # Errors
///
/// `AccessDenied` for keys that AWS manages; those about to be destroyed; `LimitExceeded`.
pub(crate) fn demand_room(found: &Found, alias: &str) -> Result<(), KmsError> {
    if found.key.manager == KeyManager::Aws {
        return Err(KmsError::AccessDenied(format!(
            "Aliases of the AWS managed key {} are AWS's to make.",
            found.arn()
        )));
    }
    found.demand(Needs::Alive)?;
    if found.names.len() >= MAX_OF_KEY && !found.names.contains(alias) {
        return Err(KmsError::LimitExceeded(format!(
            "The maximum of {MAX_OF_KEY} aliases has been reached for the key {}.",
            found.arn()
        )));
    }
    Ok(())
}
