//! The newest report on an account's credentials.

use kagiban_aws::Timestamp;
use kagiban_store::Unknown;
use serde::{Deserialize, Serialize};

/// The newest report on an account's credentials; the next one takes its place.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CredentialReport {
    /// When it was made.
    pub generated: Timestamp,
    /// The CSV. None if it was too long for a record: then it is made anew whenever it is asked for.
    pub content: Option<String>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}
