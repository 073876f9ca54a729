//! What IAM keeps: the records and the keys they lie under.

use std::collections::{BTreeMap, BTreeSet};

use kagiban_aws::{AccessKeyId, AccountId, Arn, SecretString, Timestamp};
use kagiban_store::{Record, Unknown};
use serde::{Deserialize, Serialize};

use crate::document::{IdentityPolicy, TrustPolicy};

/// A tag, as every service spells it inside.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Tag {
    /// Compared without case for duplicates.
    pub key: String,
    /// May be empty.
    pub value: String,
}

/// What grants a user or a role its rights.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Grants {
    /// Inline policies by name.
    pub inline: BTreeMap<String, IdentityPolicy>,
    /// ARNs of attached managed policies.
    pub attached: BTreeSet<Arn>,
    /// ARN of the managed policy that bounds all of them.
    pub boundary: Option<Arn>,
}

/// The account itself, made on the server's first start.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Account {
    /// When.
    pub created: Timestamp,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// A user.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct User {
    /// Unique in the account without regard to case, printed as given.
    pub name: String,
    /// `/` or `/…/`.
    pub path: String,
    /// `AIDA…`.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// Principal tags.
    pub tags: Vec<Tag>,
    /// Its rights.
    pub grants: Grants,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// A role.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Role {
    /// Unique in the account without regard to case, printed as given.
    pub name: String,
    /// `/` or `/…/`; in the role's ARN, not in its sessions'.
    pub path: String,
    /// `AROA…`; a role made again under the same name has another.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// Free text.
    pub description: Option<String>,
    /// The longest that a session may live.
    pub max_session_seconds: u32,
    /// Who may assume it; users and roles stand in it by their unique ids.
    pub trust: TrustPolicy,
    /// Principal tags.
    pub tags: Vec<Tag>,
    /// Its rights.
    pub grants: Grants,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// A managed policy; its documents are [`PolicyVersion`]s.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ManagedPolicy {
    /// Unique in the account without regard to case and path.
    pub name: String,
    /// `/` or `/…/`.
    pub path: String,
    /// `ANPA…`.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// When its default version last changed.
    pub updated: Timestamp,
    /// Free text, fixed at creation.
    pub description: Option<String>,
    /// The version in force.
    pub default_version: u32,
    /// The next version's number; numbers are never used twice.
    pub next_version: u32,
    /// Tags.
    pub tags: Vec<Tag>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// One document of a managed policy.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PolicyVersion {
    /// The document.
    pub document: IdentityPolicy,
    /// When it was made.
    pub created: Timestamp,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// Marks that a policy is attached to an entity or bounds it, so that deleting the policy can ask for none.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Attachment {
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// An instance profile.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct InstanceProfile {
    /// Unique in the account without regard to case.
    pub name: String,
    /// `/` or `/…/`.
    pub path: String,
    /// `AIPA…`.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// The name of the one role that it may hold.
    pub role: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// A long-term access key. It lies outside its account, because requests bring only its id.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AccessKey {
    /// The id.
    pub id: AccessKeyId,
    /// The account it belongs to.
    pub account: AccountId,
    /// The user's name; none for the account's root.
    pub user: Option<String>,
    /// The secret, shown to its owner once.
    pub secret: SecretString,
    /// Inactive keys sign nothing.
    pub active: bool,
    /// When it was made.
    pub created: Timestamp,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

macro_rules! records {
    ($($record:ty = $kind:literal),* $(,)?) => {$(
        impl Record for $record {
            const KIND: u16 = $kind;
            const SCHEMA: u16 = 1;
        }
    )*};
}

// INVARIANT: a kind is never given to another record, or old stores would be misread. IAM has 0x01__.
records! {
    Account = 0x0101,
    User = 0x0102,
    Role = 0x0103,
    ManagedPolicy = 0x0104,
    PolicyVersion = 0x0105,
    Attachment = 0x0106,
    InstanceProfile = 0x0107,
    AccessKey = 0x0108,
}

/// Where the records lie. Names that are unique without regard to case are written in lower case.
pub mod keys {
    use kagiban_aws::{AccessKeyId, AccountId, Arn};
    use kagiban_store::Key;

    /// Whatever a policy is attached to.
    #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub enum EntityKind {
        /// A user.
        User,
        /// A role.
        Role,
    }

    impl EntityKind {
        fn as_str(self) -> &'static str {
            match self {
                EntityKind::User => "user",
                EntityKind::Role => "role",
            }
        }
    }

    fn iam(account: AccountId, rest: &[&str]) -> Key {
        let account = account.to_string();
        let parts: Vec<&str> = ["a", &account, "iam"]
            .into_iter()
            .chain(rest.iter().copied())
            .collect();
        Key::of(&parts)
    }

    /// `/a/A/iam/account`
    pub fn account(account: AccountId) -> Key {
        iam(account, &["account"])
    }

    /// `/a/A/iam/user/<name>`
    pub fn user(account: AccountId, name: &str) -> Key {
        iam(account, &["user", &name.to_lowercase()])
    }

    /// `/a/A/iam/role/<name>`
    pub fn role(account: AccountId, name: &str) -> Key {
        iam(account, &["role", &name.to_lowercase()])
    }

    /// `/a/A/iam/policy/<name>`: the path is part of the ARN, not of the uniqueness.
    pub fn policy(account: AccountId, name: &str) -> Key {
        iam(account, &["policy", &name.to_lowercase()])
    }

    /// `/a/A/iam/policyver/<policy>/<v>`
    pub fn policy_version(account: AccountId, policy: &str, version: u32) -> Key {
        iam(
            account,
            &["policyver", &policy.to_lowercase(), &format!("{version:06}")],
        )
    }

    /// `/a/A/iam/policyver/<policy>/`: every version of a policy.
    pub fn policy_versions(account: AccountId, policy: &str) -> Key {
        iam(account, &["policyver", &policy.to_lowercase()]).under()
    }

    /// `/a/A/iam/attach/<policy ARN>/<kind>/<entity>`
    pub fn attachment(account: AccountId, policy: &Arn, kind: EntityKind, entity: &str) -> Key {
        iam(
            account,
            &["attach", policy.as_str(), kind.as_str(), &entity.to_lowercase()],
        )
    }

    /// `/a/A/iam/attach/<policy ARN>/<kind>-boundary/<entity>`: the policy bounds the entity.
    pub fn boundary(account: AccountId, policy: &Arn, kind: EntityKind, entity: &str) -> Key {
        let kind = match kind {
            EntityKind::User => "user-boundary",
            EntityKind::Role => "role-boundary",
        };
        iam(
            account,
            &["attach", policy.as_str(), kind, &entity.to_lowercase()],
        )
    }

    /// `/a/A/iam/attach/<policy ARN>/`: everything that a policy is attached to or bounds.
    pub fn attachments(account: AccountId, policy: &Arn) -> Key {
        iam(account, &["attach", policy.as_str()]).under()
    }

    /// `/a/A/iam/profile/<name>`
    pub fn instance_profile(account: AccountId, name: &str) -> Key {
        iam(account, &["profile", &name.to_lowercase()])
    }

    /// `/cred/<AKID>`
    pub fn access_key(id: AccessKeyId) -> Key {
        Key::of(&["cred", id.as_str()])
    }
}
