//! Virtual MFA devices.

use kagiban_aws::{SecretString, Timestamp};
use kagiban_store::Unknown;
use serde::{Deserialize, Serialize};

use super::Tag;

/// A virtual MFA device: a secret that an app on somebody's phone shares.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct MfaDevice {
    /// Unique in the account without regard to case, printed as given.
    pub name: String,
    /// `/` or `/…/`.
    pub path: String,
    /// 40 random bytes as 64 characters of base32: what the app is given, once.
    pub seed: SecretString,
    /// When it was made.
    pub created: Timestamp,
    /// The newest time step whose code was accepted: none up to it is accepted again.
    #[serde(default)]
    pub used: i64,
    /// Whose it is; none until it is enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Holder>,
    /// Tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// The user who has a device, and what is remembered of its codes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Holder {
    /// `AIDA…`: outlives a change of the user's name.
    pub user: String,
    /// When the device was enabled.
    pub enabled: Timestamp,
    /// How many steps the device's clock is ahead of the server's.
    pub drift: i64,
    /// Wrong codes in a row.
    pub wrong: u32,
    /// When the last of them came.
    pub wrong_at: Timestamp,
}
