//! Users, groups and roles, and what grants them their rights.

use std::collections::{BTreeMap, BTreeSet};

use kagiban_aws::{Arn, Timestamp};
use kagiban_store::Unknown;
use serde::{Deserialize, Serialize};

use crate::document::{IdentityPolicy, TrustPolicy};

/// A tag, as every service spells it inside.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
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
    /// Unique ids of the groups it is in.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
    /// Its rights.
    pub grants: Grants,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// A group of users.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Group {
    /// Unique in the account without regard to case, printed as given.
    pub name: String,
    /// `/` or `/…/`.
    pub path: String,
    /// `AGPA…`.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// What its members may. Never a boundary.
    pub grants: Grants,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// Marks that a user is in a group, so that deleting the group can ask for none.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Membership {
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
