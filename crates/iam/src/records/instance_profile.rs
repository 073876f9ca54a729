//! Instance profiles.

use kagiban_aws::Timestamp;
use kagiban_store::Unknown;
use serde::{Deserialize, Serialize};

use super::Tag;

/// An instance profile.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct InstanceProfile {
    /// Unique in the account without regard to case.
    pub name: String,
    /// `/` or `/…/`.
    pub path: String,
    /// `AIPA…`.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// The name of the one role that it may hold.
    pub role: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}
