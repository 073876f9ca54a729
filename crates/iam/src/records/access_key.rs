//! Long-term access keys.

use kagiban_aws::{AccessKeyId, AccountId, SecretString, Timestamp};
use kagiban_store::Unknown;
use serde::{Deserialize, Serialize};

/// A long-term access key. It lies outside its account, because requests bring only its id.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AccessKey {
    /// The id.
    pub id: AccessKeyId,
    /// The account it belongs to.
    pub account: AccountId,
    /// The user's name; none for the account's root.
    pub user: Option<String>,
    /// The secret, shown to its owner once.
    pub secret: SecretString,
    /// Inactive keys sign nothing.
    pub active: bool,
    /// When it was made.
    pub created: Timestamp,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}
