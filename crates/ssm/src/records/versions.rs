//! Versions of parameters: the newest one in its parameter's record, each older one in its own.

use kagiban_aws::Timestamp;
use kagiban_store::{Record, Unknown};
use serde::{Deserialize, Serialize};

use super::Value;
use crate::policies::Policy as ParameterPolicy;
use crate::tier::Tier;

/// One version of a parameter. Its labels are the parameter's, because they move.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Version {
    /// From 1.
    pub number: i64,
    /// The value.
    pub value: Value,
    /// The tier it was written in.
    pub tier: Tier,
    /// When it was written.
    pub modified: Timestamp,
    /// The ARN of who wrote it.
    pub modified_by: Box<str>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Box<str>>,
    /// What most versions lack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rare: Option<Box<Rare>>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// What most versions lack.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Rare {
    /// What values must look like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_pattern: Option<Box<str>>,
    /// A data type other than [`Version::TEXT`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_type: Option<Box<str>>,
    /// The references in the value, each once, as they are written behind `kagiban:`.
    #[serde(default, skip_serializing_if = "<[Box<str>]>::is_empty")]
    pub references: Box<[Box<str>]>,
    /// Parameter policies.
    #[serde(default, skip_serializing_if = "<[ParameterPolicy]>::is_empty")]
    pub policies: Box<[ParameterPolicy]>,
}

impl Rare {
    /// None if there is nothing in it.
    pub fn boxed(self) -> Option<Box<Rare>> {
        let empty = self.allowed_pattern.is_none()
            && self.data_type.is_none()
            && self.policies.is_empty()
            && self.references.is_empty();
        (!empty).then(|| Box::new(self))
    }
}

impl Version {
    /// The data type of nearly all parameters.
    pub const TEXT: &'static str = "text";

    /// What values must look like.
    pub fn allowed_pattern(&self) -> Option<&str> {
        self.rare.as_ref()?.allowed_pattern.as_deref()
    }

    /// When the parameter ends, and who is told.
    pub fn policies(&self) -> &[ParameterPolicy] {
        self.rare.as_ref().map_or(&[], |rare| &rare.policies)
    }

    /// The references in the value.
    pub fn references(&self) -> &[Box<str>] {
        self.rare.as_ref().map_or(&[], |rare| &rare.references)
    }

    /// What the value is.
    pub fn data_type(&self) -> &str {
        let rare = self.rare.as_ref().and_then(|rare| rare.data_type.as_deref());
        rare.unwrap_or(Self::TEXT)
    }
}

/// A version that is no longer the newest.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct HistoricVersion {
    /// The version as it was.
    pub version: Version,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

impl Record for HistoricVersion {
    const KIND: u16 = 0x0302;
    const SCHEMA: u16 = 1;
}
