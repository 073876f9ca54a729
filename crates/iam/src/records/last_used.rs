//! When credentials were last used.

use kagiban_aws::{Region, Timestamp};
use kagiban_store::Unknown;
use serde::{Deserialize, Serialize};

/// When a long-term access key or a role's session last signed a request. Written now and then, not
/// with every request, so it may lag behind.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LastUsed {
    /// When.
    pub at: Timestamp,
    /// The service that was called, such as `kms`.
    pub service: String,
    /// In which Region.
    pub region: Region,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}
