//! The account itself.

use kagiban_aws::Timestamp;
use kagiban_store::Unknown;
use serde::{Deserialize, Serialize};

/// The account itself, made on the server's first start or by its operator later.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Account {
    /// When.
    pub created: Timestamp,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}
