//! A policy document inside a record: text on disk, compiled in memory.

use std::ops::Deref;
use std::sync::Arc;

use kagiban_policy::{Kind, MalformedPolicy, Policy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A policy of one kind; stored as the text its author wrote, compiled once when it is read.
///
/// Text that no longer parses (written by a newer server, say) denies everything rather than
/// counting as absent.
#[derive(Clone, Debug)]
pub struct Document<const KIND: u8> {
    policy: Arc<Policy>,
    /// The text of a document that could not be read, kept for whoever can.
    unread: Option<Box<str>>,
}

/// The most bytes that the documents of one record take together, with room for the rest of it.
// DIFFERS: AWS takes 128 KiB of white space in every document; here that much has to do for all
// inline policies of a user or role, because they are one record.
pub(crate) const MAX_STORED_BYTES: usize = 112 << 10;

/// A policy attached to or written into a user or a role.
pub type IdentityPolicy = Document<0>;
/// Who may assume a role.
pub type TrustPolicy = Document<1>;
/// Who may use a KMS key; the key's root of trust.
pub type KeyPolicy = Document<2>;

impl<const KIND: u8> Document<KIND> {
    const fn kind() -> Kind {
        match KIND {
            0 => Kind::Identity,
            1 => Kind::Trust,
            _ => Kind::Key,
        }
    }

    /// The compiled policy, shared.
    pub fn shared(&self) -> Arc<Policy> {
        self.policy.clone()
    }

    /// How much of a record the text takes: quotas do not count white space, the store does.
    pub(crate) fn stored_bytes(&self) -> usize {
        let escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
        let text = self.policy.text();
        text.len() + text.bytes().filter(|byte| escaped(*byte)).count()
    }

    /// Compiles what a caller wrote.
    ///
    /// # Errors
    ///
    /// As [`Policy::parse`], in AWS's words.
    pub fn parse(text: &str) -> Result<Self, MalformedPolicy> {
        Policy::parse(text, Self::kind()).map(|policy| Document {
            policy: Arc::new(policy),
            unread: None,
        })
    }
}

impl<const KIND: u8> Deref for Document<KIND> {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        &self.policy
    }
}

impl<const KIND: u8> Serialize for Document<KIND> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.unread.as_deref().unwrap_or(self.policy.text()))
    }
}

impl<'de, const KIND: u8> Deserialize<'de> for Document<KIND> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self::parse(&text).unwrap_or_else(|_| Document {
            policy: Arc::new(Policy::broken()),
            unread: Some(text.into()),
        }))
    }
}
