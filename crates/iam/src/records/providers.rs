//! Identity providers: who else may say who somebody is.

use kagiban_aws::Timestamp;
use kagiban_store::Unknown;
use serde::{Deserialize, Serialize};

use super::Tag;
use crate::sts::web_identity::InlineKeys;

/// An OpenID Connect provider, whose tokens AssumeRoleWithWebIdentity takes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct OidcProvider {
    /// Its URL without the `https://`: what its ARN is made of.
    pub url: String,
    /// The audiences whose tokens are taken.
    pub client_ids: Vec<String>,
    /// SHA-1 of certificates, 40 hexadecimal digits each. Kept, never looked at.
    pub thumbprints: Vec<String>,
    /// Its keys, if an operator has put them here; nothing is fetched then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<InlineKeys>,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: Vec<Tag>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// A SAML provider, kept for those who describe their accounts; no assertion is taken yet.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SamlProvider {
    /// Unique in the account without regard to case.
    pub name: String,
    /// Made by the server; stays when the metadata is replaced.
    pub uuid: String,
    /// The metadata document, as it was given.
    pub metadata: String,
    /// When the metadata says that it ends.
    pub valid_until: Timestamp,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: Vec<Tag>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}
