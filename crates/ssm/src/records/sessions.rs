//! What is kept of sessions, while they last and for thirty days after.

use std::collections::BTreeMap;

use kagiban_aws::Timestamp;
use kagiban_store::{Record, Unknown};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How far a session has come.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum SessionStatus {
    /// Begun; the two ends have not met.
    Connecting,
    /// Both ends are there.
    Connected,
    /// An end is gone, and may come back.
    Disconnected,
    /// On its way to the end.
    Terminating,
    /// Over, as it should be.
    Terminated,
    /// Over, since it could not be carried out.
    Failed,
}

impl SessionStatus {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            SessionStatus::Connecting => "Connecting",
            SessionStatus::Connected => "Connected",
            SessionStatus::Disconnected => "Disconnected",
            SessionStatus::Terminating => "Terminating",
            SessionStatus::Terminated => "Terminated",
            SessionStatus::Failed => "Failed",
        }
    }

    /// Whether nothing comes after it.
    pub fn is_final(self) -> bool {
        matches!(self, SessionStatus::Terminated | SessionStatus::Failed)
    }
}

/// A session.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Session {
    /// How far it has come.
    pub status: SessionStatus,
    /// The node, as the caller named it.
    pub target: Box<str>,
    /// The document, as the caller named it; none if the caller left it to the account's preferences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_name: Option<Box<str>>,
    /// The ARN of who started it.
    pub owner: Box<str>,
    /// The `aws:userid` of who started it.
    pub owner_id: Box<str>,
    /// Why, in the caller's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Box<str>>,
    /// When it was started.
    pub started: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Why it ended, in words for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<str>>,
    /// After how many minutes without traffic it ends.
    pub idle_minutes: u16,
    /// After how many minutes it ends in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_minutes: Option<u16>,
    /// How often the client has been given a token; only the newest counts.
    pub epoch: u32,
    /// Whose that token is: a hash of the name of the client that has come with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Box<str>>,
    /// What the agent is told to do; none once the session has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Box<Order>>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// What an agent is told to do.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Order {
    /// The document's name.
    pub document_name: Box<str>,
    /// The document: JSON, in the form that agents read.
    pub document: Box<str>,
    /// The caller's arguments: texts and lists of texts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
    /// As whom it runs, if the caller's own tag says so; empty otherwise.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub run_as: Box<str>,
}

impl Session {
    /// The `Content` of the `interactive_shell` message for the node's agent: a JSON text. None once the
    /// session has ended.
    pub fn order_content(&self, id: &str) -> Option<String> {
        let order = self.order.as_ref()?;
        let document: Value = serde_json::from_str(&order.document).unwrap_or_default();
        let content = json!({
            "DocumentName": order.document_name,
            "DocumentContent": document,
            "SessionId": id,
            "Parameters": order.parameters,
            "RunAsUser": order.run_as,
            "SessionOwner": self.owner,
        });
        Some(content.to_string())
    }
}

impl Record for Session {
    const KIND: u16 = 0x0360;
    const SCHEMA: u16 = 1;
}
