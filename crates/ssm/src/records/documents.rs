//! What is kept of documents: what all versions share, and each version by itself.

use kagiban_aws::Timestamp;
use kagiban_iam::records::Tag;
use kagiban_store::{Record, Unknown};
use serde::{Deserialize, Serialize};

/// A document, but for its versions.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Document {
    /// Its type: AWS's word, such as `Session`.
    pub kind: Box<str>,
    /// When it was made.
    pub created: Timestamp,
    /// The version that is used when nobody names one.
    pub default: i64,
    /// The highest number that a version has had; numbers are not used again.
    pub last: i64,
    /// Tags, in the order they were added.
    #[serde(default, skip_serializing_if = "<[Tag]>::is_empty")]
    pub tags: Box<[Tag]>,
    /// With whom it is shared, in the order of sharing.
    #[serde(default, skip_serializing_if = "<[Share]>::is_empty")]
    pub shares: Box<[Share]>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// Another account that may use a document.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Share {
    /// The account, or `all`.
    pub account: Box<str>,
    /// Which version: `$DEFAULT`, `$LATEST` or `$ALL`.
    pub version: Box<str>,
}

/// One version of a document.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct DocumentVersion {
    /// What is known of it without reading its content.
    #[serde(flatten)]
    pub facts: VersionFacts,
    /// The content, as it was sent.
    pub content: Box<str>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// What is known of a version without reading its content; this is all that memory holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct VersionFacts {
    /// From 1.
    pub number: i64,
    /// Its name, which no other version of the document has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// When it was made.
    pub created: Timestamp,
    /// JSON, YAML or TEXT.
    pub format: Box<str>,
    /// The SHA-256 of the content, in hexadecimal.
    pub hash: Box<str>,
    /// The content's schema version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Box<str>>,
    /// Where it can run, in AWS's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Box<str>>,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Box<str>>,
    /// What it is about, such as `/AWS::EC2::Instance`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_type: Option<Box<str>>,
}

impl Record for Document {
    const KIND: u16 = 0x0350;
    const SCHEMA: u16 = 1;
}

impl Record for DocumentVersion {
    const KIND: u16 = 0x0351;
    const SCHEMA: u16 = 1;
}
