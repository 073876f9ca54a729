//! What KMS keeps: keys, their material, aliases, grants.

use std::collections::BTreeSet;

use kagiban_aws::{AccountId, Region, Timestamp};
use kagiban_iam::document::KeyPolicy;
use kagiban_iam::records::Tag;
use kagiban_store::{Record, Unknown};
use serde::{Deserialize, Serialize};

use crate::grants::{Constraints, GrantOperation, Pinned};
use crate::spec::{KeySpec, KeyUsage, Origin};

/// Whether a key can be used. The states that AWS passes through by itself (Creating, Updating) are
/// over here before anybody could see them.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum KeyState {
    /// It can.
    Enabled,
    /// Its owner has switched it off.
    Disabled,
    /// It will be destroyed when its waiting time is over.
    PendingDeletion,
    /// A multi-Region primary key that waits for its replicas to be destroyed first.
    PendingReplicaDeletion,
    /// Its owner has not imported its material yet, or the material is gone.
    PendingImport,
}

impl KeyState {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyState::Enabled => "Enabled",
            KeyState::Disabled => "Disabled",
            KeyState::PendingDeletion => "PendingDeletion",
            KeyState::PendingReplicaDeletion => "PendingReplicaDeletion",
            KeyState::PendingImport => "PendingImport",
        }
    }
}

/// Who manages a key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum KeyManager {
    /// A service, for the account: nobody can disable it or change its policy.
    #[serde(rename = "AWS")]
    Aws,
    /// The account's people.
    #[serde(rename = "CUSTOMER")]
    Customer,
}

/// A key's metadata and policy; its bytes are [`Material`].
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Key {
    /// A UUID in lower case.
    pub id: String,
    /// Free text.
    pub description: String,
    /// Whether it can be used.
    pub state: KeyState,
    /// Who manages it.
    pub manager: KeyManager,
    /// What it is made of.
    pub spec: KeySpec,
    /// What it may be used for.
    pub usage: KeyUsage,
    /// Where its material comes from.
    #[serde(default = "made_here")]
    pub origin: Origin,
    /// Who may use it: the root of trust.
    pub policy: KeyPolicy,
    /// When it was made.
    pub created: Timestamp,
    /// The number of the material that new ciphertexts are made with.
    pub current_material: u32,
    /// When it will be destroyed, if that has been asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Deletion>,
    /// Its automatic rotation, if that is switched on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// How often its owner has rotated it on demand.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub on_demand_rotations: u32,
    /// Where its siblings are, if it is a multi-Region key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_region: Option<MultiRegion>,
    /// Tags.
    pub tags: Vec<Tag>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// The end of a key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Deletion {
    /// The waiting time that was asked for, in days.
    pub days: u32,
    /// When the key is destroyed; none while a primary key waits for its replicas.
    pub date: Option<Timestamp>,
}

/// Automatic rotation of a key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Rotation {
    /// How long each generation is in use, in days.
    pub days: u32,
    /// When the next generation is due.
    pub next: Timestamp,
}

/// The Regions of a multi-Region key; every sibling's record says the same.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MultiRegion {
    /// Where rotation and replication are decided.
    pub primary: Region,
    /// Where the replicas are.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub replicas: BTreeSet<Region>,
}

fn made_here() -> Origin {
    Origin::AwsKms
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How a key came to new material.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum RotationType {
    /// By its schedule.
    #[serde(rename = "AUTOMATIC")]
    Automatic,
    /// Its owner asked for it.
    #[serde(rename = "ON_DEMAND")]
    OnDemand,
}

impl RotationType {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            RotationType::Automatic => "AUTOMATIC",
            RotationType::OnDemand => "ON_DEMAND",
        }
    }
}

/// The rotation that made material the current one.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Rotated {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub kind: RotationType,
}

/// One generation of a key's bytes, sealed under its account's domain key.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Material {
    /// 32 bytes that name these key bytes in ciphertexts.
    #[serde(with = "kagiban_store::base64_bytes")]
    pub id: Vec<u8>,
    /// Nonce, ciphertext and tag; empty once imported material has been deleted.
    #[serde(with = "kagiban_store::base64_bytes")]
    pub sealed: Vec<u8>,
    /// What brought it; none for a key's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<Rotated>,
    /// What was said of it when it was imported; none for material that was made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// What its owner says of material that was imported.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Imported {
    /// When the bytes are deleted, unless that never happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The last use of a key.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LastUsage {
    /// When.
    pub at: Timestamp,
    /// For what, such as `Decrypt`.
    pub operation: String,
    /// The id of the request; of another service's, if that one used the key for its caller.
    pub request_id: String,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// Another name for a key.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Alias {
    /// With its `alias/`.
    pub name: String,
    /// The key's id.
    pub key: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last pointed elsewhere.
    pub updated: Timestamp,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// A right to use a key that was given to one principal.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Grant {
    /// 64 hexadecimal digits.
    pub id: String,
    /// A name under which the same grant is not made twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// Who has the right.
    pub grantee: Pinned,
    /// Who may give it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retiring: Option<Pinned>,
    /// The account of whoever made it.
    pub issuing_account: AccountId,
    /// What it allows.
    pub operations: Vec<GrantOperation>,
    /// In which circumstances.
    #[serde(default)]
    pub constraints: Constraints,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

// INVARIANT: a kind is never given to another record, or old stores would be misread. KMS has 0x02__.
impl Record for Key {
    const KIND: u16 = 0x0201;
    const SCHEMA: u16 = 1;
}

impl Record for Material {
    const KIND: u16 = 0x0202;
    const SCHEMA: u16 = 1;
}

impl Record for Alias {
    const KIND: u16 = 0x0203;
    const SCHEMA: u16 = 1;
}

impl Record for Grant {
    const KIND: u16 = 0x0204;
    const SCHEMA: u16 = 1;
}

impl Record for LastUsage {
    const KIND: u16 = 0x0210;
    const SCHEMA: u16 = 1;
}

/// Where the records lie.
pub mod keys {
    use kagiban_iam::Scope;
    use kagiban_store::Key;

    fn kms(scope: Scope, rest: &[&str]) -> Key {
        let account = scope.account.to_string();
        let parts: Vec<&str> = ["a", &account, scope.region.as_str(), "kms"]
            .into_iter()
            .chain(rest.iter().copied())
            .collect();
        Key::of(&parts)
    }

    /// `/a/A/R/kms/key/<id>`
    pub fn key(scope: Scope, id: &str) -> Key {
        kms(scope, &["key", id])
    }

    /// `/a/A/R/kms/mat/<id>/<n>`
    pub fn material(scope: Scope, id: &str, number: u32) -> Key {
        kms(scope, &["mat", id, &format!("{number:06}")])
    }

    /// `/a/A/R/kms/mat/<id>/`: every generation.
    pub fn materials(scope: Scope, id: &str) -> Key {
        kms(scope, &["mat", id]).under()
    }

    /// `/a/A/R/kms/used/<id>`
    pub fn last_usage(scope: Scope, id: &str) -> Key {
        kms(scope, &["used", id])
    }

    /// `/a/A/R/kms/grant/<key id>/<grant id>`
    pub fn grant(scope: Scope, key: &str, id: &str) -> Key {
        kms(scope, &["grant", key, id])
    }

    /// `/a/A/R/kms/grant/<key id>/`: every grant on a key.
    pub fn grants(scope: Scope, key: &str) -> Key {
        kms(scope, &["grant", key]).under()
    }

    /// `/a/A/R/kms/alias/<name>`
    pub fn alias(scope: Scope, name: &str) -> Key {
        kms(scope, &["alias", name])
    }
}
