//! What Parameter Store keeps: each parameter's current version, and the older ones beside it.
//!
//! Current versions stay in memory, a hundred thousand of them, so what most parameters lack costs
//! one pointer. Older versions are read when someone asks.

pub mod keys;
mod nodes;
mod older_keys;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::Arc;

use kagiban_aws::{SecretString, Timestamp};
use kagiban_iam::records::Tag;
use kagiban_policy::Policy;
use kagiban_store::{Record, Unknown};
use serde::{Deserialize, Serialize};

use crate::policies::{self, Policy as ParameterPolicy};
use crate::tier::Tier;
use crate::wire::parameter_type;
use crate::{ParameterError, ParameterName};

pub use nodes::{Activation, CodeHash, Guesses, Inventory, Node, PublicKeyBytes, Reported, Rights};
pub(crate) use older_keys::KeyPlace;
pub use older_keys::OlderKeys;
pub use webhooks::{DeadLetter, Webhook};

/// The three types of parameter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ParameterType {
    /// Any text.
    String,
    /// Items with commas between them.
    StringList,
    /// Text encrypted under a KMS key.
    SecureString,
}

impl ParameterType {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            ParameterType::String => parameter_type::STRING,
            ParameterType::StringList => parameter_type::STRING_LIST,
            ParameterType::SecureString => parameter_type::SECURE_STRING,
        }
    }

    /// Reads a word that the wire has already held against the set.
    pub fn parse(word: &str) -> ParameterType {
        match word {
            parameter_type::STRING_LIST => ParameterType::StringList,
            parameter_type::SECURE_STRING => ParameterType::SecureString,
            _ => ParameterType::String,
        }
    }
}

/// A version's value, as its type keeps it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum Value {
    /// Plain text.
    String(SecretString),
    /// Plain text with commas between the items.
    StringList(SecretString),
    /// What only KMS can open.
    SecureString(Secured),
}

/// A value that KMS has encrypted.
#[derive(Clone, Deserialize, Serialize)]
pub struct Secured {
    /// The key, as the caller named it.
    pub key: Box<str>,
    /// A KMS ciphertext in the standard tier, an envelope in the advanced one.
    #[serde(with = "kagiban_store::base64_bytes")]
    pub blob: Box<[u8]>,
}

impl std::fmt::Debug for Secured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secured({}, …)", self.key)
    }
}

impl Value {
    /// The type of parameter that has such a value.
    pub fn kind(&self) -> ParameterType {
        match self {
            Value::String(_) => ParameterType::String,
            Value::StringList(_) => ParameterType::StringList,
            Value::SecureString(_) => ParameterType::SecureString,
        }
    }

    /// The key of a SecureString, as the caller named it.
    pub fn key(&self) -> Option<&str> {
        match self {
            Value::String(_) | Value::StringList(_) => None,
            Value::SecureString(secured) => Some(&secured.key),
        }
    }
}

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

/// Which version bears each label.
pub type Labels = BTreeMap<Box<str>, i64>;

/// A parameter as it is now.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Parameter {
    /// The name as its maker spelled it: with or without the leading slash.
    pub name: Box<str>,
    /// The newest version.
    pub current: Version,
    /// Tags, in the order they were added.
    #[serde(default, skip_serializing_if = "<[Tag]>::is_empty")]
    pub tags: Box<[Tag]>,
    /// Which version bears each label, old versions among them; none if there are no labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Box<Labels>>,
    /// Which life of its name it is, and so where its older versions lie; see [`crate::deleted`].
    #[serde(default, skip_serializing_if = "is_first")]
    pub life: u32,
    /// The KMS keys of older versions other than the newest one's; none if there are no such keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub older_keys: Option<Box<OlderKeys>>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

impl Parameter {
    /// How many versions are kept.
    pub const VERSIONS: i64 = 100;
    /// How many tags it may have.
    pub const MAX_TAGS: usize = 50;
    /// How many labels a version may have.
    pub const MAX_LABELS: usize = 10;

    /// A new parameter, in the first life of its name.
    pub(crate) fn first(name: &ParameterName, version: Version, tags: &[Tag]) -> Parameter {
        Parameter {
            name: name.as_str().into(),
            current: version,
            tags: tags.into(),
            labels: None,
            life: 0,
            older_keys: None,
            rest: Unknown::default(),
        }
    }

    /// The same parameter with one version more.
    pub(crate) fn with_version(&self, version: Version) -> Parameter {
        let mut next = Parameter {
            current: version,
            ..self.clone()
        };
        next.older_keys = OlderKeys::following(self, &next);
        next
    }

    /// Whether it has expired: then it is gone, though its records may still be there.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        policies::expiry(self.current.policies()).is_some_and(|at| at <= now)
    }

    /// The same parameter without its end, if that has passed.
    pub(crate) fn revived(mut self, now: Timestamp) -> Parameter {
        if self.has_expired(now) {
            let rare = self.current.rare.take().map(|rare| *rare).unwrap_or_default();
            let policies = policies::without_end(&rare.policies);
            self.current.rare = Rare { policies, ..rare }.boxed();
        }
        self
    }

    /// The oldest version that is kept.
    pub fn oldest(&self) -> i64 {
        (self.current.number - Self::VERSIONS + 1).max(1)
    }

    /// A version's number, if the version is still there.
    ///
    /// # Errors
    ///
    /// `NoSuchVersion`, with the name as the caller spelled it.
    pub(crate) fn kept(&self, version: i64, name: &ParameterName) -> Result<i64, ParameterError> {
        let kept = self.oldest()..=self.current.number;
        if kept.contains(&version) {
            return Ok(version);
        }
        Err(ParameterError::NoSuchVersion {
            name: name.to_string(),
            version: version.to_string(),
        })
    }

    /// Which version bears each label.
    pub(crate) fn all_labels(&self) -> Labels {
        self.labels.as_deref().cloned().unwrap_or_default()
    }

    /// The version that bears a label.
    pub fn labelled(&self, label: &str) -> Option<i64> {
        self.labels.as_ref()?.get(label).copied()
    }

    /// The labels of a version, in order.
    pub fn labels_of(&self, version: i64) -> impl Iterator<Item = &str> {
        let labels = self.labels.iter().flat_map(|labels| labels.iter());
        labels
            .filter(move |(_, at)| **at == version)
            .map(|(label, _)| &**label)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_first(life: &u32) -> bool {
    *life == 0
}

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

/// A version that is no longer the newest.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct HistoricVersion {
    /// The version as it was.
    pub version: Version,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

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

// INVARIANT: a kind is never given to another record, or old stores would be misread. SSM has 0x03__.
impl Record for Parameter {
    const KIND: u16 = 0x0301;
    const SCHEMA: u16 = 1;
}

impl Record for HistoricVersion {
    const KIND: u16 = 0x0302;
    const SCHEMA: u16 = 1;
}

impl Record for DeletedParameter {
    const KIND: u16 = 0x0330;
    const SCHEMA: u16 = 1;
}

impl Record for ResourcePolicy {
    const KIND: u16 = 0x0304;
    const SCHEMA: u16 = 1;
}

impl Record for ServiceSetting {
    const KIND: u16 = 0x0303;
    const SCHEMA: u16 = 1;
}

impl Record for Setting {
    const KIND: u16 = 0x0305;
    const SCHEMA: u16 = 1;
}

#[cfg(test)]
mod tests {
    use kagiban_aws::Region;
    use kagiban_iam::Scope;
    use kagiban_store::record;

    use super::*;
    use crate::ParameterName;

    fn parameter() -> Parameter {
        Parameter {
            name: "x".into(),
            current: Version {
                number: 7,
                value: Value::String("hunter2".to_owned().into()),
                tier: Tier::Standard,
                modified: Timestamp::from_seconds(1),
                modified_by: "arn:aws:iam::111122223333:root".into(),
                description: None,
                rare: None,
                rest: Unknown::default(),
            },
            tags: Box::default(),
            labels: None,
            life: 0,
            older_keys: None,
            rest: Default::default(),
        }
    }

    #[test]
    fn a_parameter_comes_back_as_it_was_written() {
        let frame = record::encode(&parameter()).unwrap();
        let body = String::from_utf8(frame[4..].to_vec()).unwrap();
        insta::assert_snapshot!(body, @r#"{"name":"x","current":{"number":7,"value":{"String":"hunter2"},"tier":"Standard","modified":1000,"modified_by":"arn:aws:iam::111122223333:root"}}"#);
        let read: Parameter = record::decode(&frame).unwrap();
        assert_eq!((read.current.number, read.current.data_type()), (7, "text"));
    }

    #[test]
    fn nothing_prints_a_value() {
        let secured = Value::SecureString(Secured {
            key: "alias/x".into(),
            blob: Box::new([1, 2]),
        });
        assert!(!format!("{:?}", parameter()).contains("hunter2"));
        assert_eq!(format!("{secured:?}"), "SecureString(Secured(alias/x, …))");
    }

    #[test]
    fn a_parameter_in_memory_costs_little_beside_its_texts() {
        assert!(size_of::<Parameter>() <= 176, "{} bytes", size_of::<Parameter>());
    }

    #[test]
    fn keys_are_those_of_the_storage_design_and_sort_by_version() {
        let scope = Scope {
            account: "111122223333".parse().unwrap(),
            region: Region::us_east_1(),
        };
        let name: ParameterName = "/prod/db".parse().unwrap();
        assert_eq!(
            keys::parameter(scope, &name).to_string(),
            "/a/111122223333/us-east-1/ssm/p/%2Fprod%2Fdb"
        );
        assert_eq!(
            keys::version(scope, &name, 0, 12).to_string(),
            "/a/111122223333/us-east-1/ssm/pv/%2Fprod%2Fdb/0000000012"
        );
        assert!(keys::version(scope, &name, 0, 9) < keys::version(scope, &name, 0, 10));
        for life in [0, 1, 17] {
            let all = keys::versions(scope, &name, life);
            assert!(keys::version(scope, &name, life, 9).starts_with(&all));
            assert!(!keys::version(scope, &name, life + 1, 9).starts_with(&all));
        }
    }
}
