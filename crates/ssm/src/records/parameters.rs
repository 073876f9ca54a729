//! Parameters as they are now.

use std::collections::BTreeMap;

use kagiban_aws::Timestamp;
use kagiban_iam::records::Tag;
use kagiban_store::{Record, Unknown};
use serde::{Deserialize, Serialize};

use super::{OlderKeys, Rare, Version};
use crate::policies;
use crate::{ParameterError, ParameterName};

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

impl Record for Parameter {
    const KIND: u16 = 0x0301;
    const SCHEMA: u16 = 1;
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_first(life: &u32) -> bool {
    *life == 0
}
