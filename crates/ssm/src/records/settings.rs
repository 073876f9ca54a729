//! What an account has set in a Region.

use kagiban_aws::Timestamp;
use kagiban_store::{Record, Unknown};
use serde::{Deserialize, Serialize};

/// A service setting of AWS's that somebody has changed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ServiceSetting {
    /// What it is.
    pub value: Box<str>,
    /// When it was changed.
    pub modified: Timestamp,
    /// The ARN of who changed it.
    pub modified_by: Box<str>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// A setting of an account in a Region that is not at its default.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Setting {
    /// What it is.
    pub value: Box<str>,
    /// When it was changed.
    pub modified: Timestamp,
    /// The ARN of who changed it.
    pub modified_by: Box<str>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

impl Record for ServiceSetting {
    const KIND: u16 = 0x0303;
    const SCHEMA: u16 = 1;
}

impl Record for Setting {
    const KIND: u16 = 0x0305;
    const SCHEMA: u16 = 1;
}
