//! Who in other accounts may read what.

use std::sync::Arc;

use kagiban_aws::AccountId;
use kagiban_policy::Policy;
use kagiban_store::{Record, Unknown};
use serde::{Deserialize, Serialize};

/// Who in other accounts may read a parameter.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ResourcePolicy {
    /// A UUID that stays when the policy is replaced.
    pub id: Box<str>,
    /// The policy; one that can no longer be read denies everything.
    #[serde(with = "document")]
    pub policy: Arc<Policy>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

impl ResourcePolicy {
    /// Whether an account, or somebody in it, is among those whom the policy is about.
    pub(crate) fn names(&self, account: AccountId) -> bool {
        let account = account.to_string();
        self.policy.principals().any(|principal| {
            let text = &*principal.text;
            text == account || text.split(':').nth(4) == Some(&account)
        })
    }
}

impl Record for ResourcePolicy {
    const KIND: u16 = 0x0304;
    const SCHEMA: u16 = 1;
}

/// A policy as its text.
mod document {
    use std::sync::Arc;

    use kagiban_policy::{Kind, Policy};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(policy: &Policy, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(policy.text())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Policy>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let policy = Policy::parse(&text, Kind::Resource);
        Ok(Arc::new(policy.unwrap_or_else(|_| Policy::broken())))
    }
}
