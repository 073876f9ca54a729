//! Managed policies and where they are attached.

use kagiban_aws::Timestamp;
use kagiban_store::Unknown;
use serde::{Deserialize, Serialize};

use super::Tag;
use crate::document::IdentityPolicy;

/// A managed policy; its documents are [`PolicyVersion`]s.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ManagedPolicy {
    /// Unique in the account without regard to case and path.
    pub name: String,
    /// `/` or `/…/`.
    pub path: String,
    /// `ANPA…`.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// When its newest version was made.
    pub updated: Timestamp,
    /// Free text, fixed at creation.
    pub description: Option<String>,
    /// The version in force.
    pub default_version: u32,
    /// The next version's number; numbers are never used twice.
    pub next_version: u32,
    /// Tags.
    pub tags: Vec<Tag>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// One document of a managed policy.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PolicyVersion {
    /// The document.
    pub document: IdentityPolicy,
    /// When it was made.
    pub created: Timestamp,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// Marks that a policy is attached to an entity or bounds it, so that deleting the policy can ask for none.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Attachment {
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}
