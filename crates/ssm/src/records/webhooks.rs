//! What webhooks keep.

use kagiban_aws::{SecretString, Timestamp};
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
    /// The ARN of who made it, and whose rights decide what it tells.
    pub creator: Box<str>,
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
    /// The body, as it was sent; without values of parameters.
    pub body: Box<str>,
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
