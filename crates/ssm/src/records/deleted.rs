//! Deleted parameters.

use kagiban_aws::Timestamp;
use kagiban_store::{Record, Unknown};
use serde::{Deserialize, Serialize};

use super::Parameter;

/// A deleted parameter that can be brought back.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct DeletedParameter {
    /// The parameter as it was; its older versions are where they were.
    pub parameter: Parameter,
    /// When it was deleted.
    pub deleted: Timestamp,
    /// The ARN of who deleted it.
    pub deleted_by: Box<str>,
    /// When it is destroyed.
    pub purge: Timestamp,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

impl Record for DeletedParameter {
    const KIND: u16 = 0x0330;
    const SCHEMA: u16 = 1;
}
