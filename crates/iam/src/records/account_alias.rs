//! Accounts' other names.

use kagiban_aws::{AccountId, Timestamp};
use kagiban_store::Unknown;
use serde::{Deserialize, Serialize};

/// An account's other name. It lies outside the account, because no two may have the same.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AccountAlias {
    /// Whose it is.
    pub account: AccountId,
    /// Since when.
    pub created: Timestamp,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}
