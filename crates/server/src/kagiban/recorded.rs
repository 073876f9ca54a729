//! A request as the audit log has it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use kagiban_aws::{AccountId, Arn, Region, Timestamp};
use kagiban_policy::Facts;
use serde::Deserialize;

use super::{KagibanError, wire};

/// A line of the audit log, as far as it is of use here.
#[derive(Debug, Deserialize)]
pub(super) struct Recorded {
    time: i64,
    service: String,
    operation: String,
    outcome: String,
    code: Option<String>,
    rule: Option<String>,
    #[serde(default)]
    pub(super) resources: Vec<String>,
    pub(super) principal: Option<Arn>,
    pub(super) access_key_id: Option<String>,
    pub(super) account: Option<AccountId>,
    pub(super) region: Option<Region>,
    pub(super) source_ip: Option<IpAddr>,
    pub(super) user_agent: Option<String>,
    #[serde(default)]
    encryption_context: BTreeMap<String, String>,
    request_id: String,
}

impl Recorded {
    /// # Errors
    ///
    /// `RequestNotFound` if there is no such line, or none that is read here.
    pub(super) fn read(line: Option<&[u8]>, request_id: &str) -> Result<Recorded, KagibanError> {
        line.and_then(|line| serde_json::from_slice(line).ok())
            .filter(|recorded: &Recorded| recorded.request_id == request_id)
            .ok_or(KagibanError::RequestNotFound)
    }

    /// The action that the operation's name stands for.
    pub(super) fn action(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// Whether policies were asked: not for requests that nobody was proven to have sent, nor for those
    /// that could not be read.
    pub(super) fn was_decided(&self) -> bool {
        self.rule.is_some() && self.principal.is_some()
    }

    /// Whether a session's own policy refused it.
    pub(super) fn was_narrowed(&self) -> bool {
        let rule = self.rule.as_deref().unwrap_or_default();
        let rule = rule.strip_prefix("no ").unwrap_or(rule);
        self.outcome == wire::recorded_outcome::DENIED && rule.starts_with("session policy")
    }

    pub(super) fn was_allowed(&self) -> bool {
        self.outcome != wire::recorded_outcome::DENIED
    }

    /// The condition keys that only the request had and the log has kept.
    pub(super) fn given(&self) -> Facts {
        if self.encryption_context.is_empty() {
            return Facts::new();
        }
        let pairs = self.encryption_context.iter();
        let facts = pairs.fold(Facts::new(), |facts, (key, value)| {
            facts.with(&format!("kms:EncryptionContext:{key}"), value)
        });
        let keys = self.encryption_context.keys().map(String::as_str);
        facts.with_all("kms:EncryptionContextKeys", keys)
    }

    /// As clients get it; the rule only with `all`.
    pub(super) fn shown(&self, all: bool) -> wire::RecordedRequest {
        wire::RecordedRequest {
            request_id: Some(self.request_id.clone()),
            time: Some(Timestamp::from_millis(self.time)),
            principal_arn: self.principal.as_ref().map(Arn::to_string),
            action_name: Some(self.action()),
            resources: Some(self.resources.clone()).filter(|resources| !resources.is_empty()),
            outcome: Some(self.outcome.clone()),
            error_code: self.code.clone(),
            rule: self.rule.clone().filter(|_| all),
        }
    }
}
