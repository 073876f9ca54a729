//! What webhooks keep.

use kagiban_aws::{SecretString, Timestamp};
use kagiban_iam::Author;
use kagiban_iam::records::Tag;
use kagiban_store::{Record, Unknown};
use serde::{Deserialize, Serialize};

/// Changes delivered to a URL.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Webhook {
    /// Where to.
    pub url: Box<str>,
    /// Below which path.
    pub path: Box<str>,
    /// Whether on all levels below it.
    pub recursive: bool,
    /// When it was made.
    pub created: Timestamp,
    /// The ARN of who made it, for people.
    pub creator: Box<str>,
    /// Whose rights decide what it tells; without, it tells nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Author>,
    /// Signs deliveries.
    pub secret: SecretString,
    /// Everything up to this revision has been delivered, or given up.
    pub position: u64,
    /// When something was last delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_delivery: Option<Timestamp>,
    /// Why it cannot deliver at present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Box<str>>,
    /// Whether what was given up is to be tried again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redelivers: bool,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// Something that has happened to a parameter, as others are told.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Told {
    /// `Put`, `Delete`, `Label` or `Tag`.
    pub kind: Box<str>,
    /// The parameter, as its maker spelled it.
    pub name: Box<str>,
    /// The newest version after the change; before it, if the parameter was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<Box<str>>,
    /// When it was.
    pub date: Timestamp,
    /// The parameter's tags then, which policies may ask for once it is gone; not told. None if they
    /// were too much to be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Box<[Tag]>>,
}

/// A delivery that was given up.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct DeadLetter {
    /// The delivery.
    pub id: Box<str>,
    /// When it was given up.
    pub date: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed the last time.
    pub last_error: Box<str>,
    /// When it was made.
    pub made: Timestamp,
    /// Whether something is missing before it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missed: bool,
    /// What it tells.
    pub events: Vec<Told>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// That webhooks were made in an account, in whichever Region: they are made one at a time, so that
/// counting them holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct WebhookMaking {
    /// When the last one was.
    pub last: Timestamp,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

impl Record for Webhook {
    const KIND: u16 = 0x0306;
    const SCHEMA: u16 = 1;
}

impl Record for DeadLetter {
    const KIND: u16 = 0x0307;
    const SCHEMA: u16 = 1;
}

impl Record for WebhookMaking {
    const KIND: u16 = 0x0308;
    const SCHEMA: u16 = 1;
}
