//! What KMS keeps: keys, their material, aliases.

use kagiban_aws::Timestamp;
use kagiban_iam::document::KeyPolicy;
use kagiban_iam::records::Tag;
use kagiban_store::{Record, Unknown};
use serde::{Deserialize, Serialize};

/// Whether a key can be used.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum KeyState {
    /// It can.
    Enabled,
    /// Its owner has switched it off.
    Disabled,
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
    /// `SYMMETRIC_DEFAULT`, the one kind until asymmetric keys are built.
    pub spec: String,
    /// `ENCRYPT_DECRYPT`.
    pub usage: String,
    /// Who may use it: the root of trust.
    pub policy: KeyPolicy,
    /// When it was made.
    pub created: Timestamp,
    /// The number of the material that new ciphertexts are made with.
    pub current_material: u32,
    /// Tags.
    pub tags: Vec<Tag>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// One generation of a key's bytes, sealed under its account's domain key.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Material {
    /// 32 bytes that name these key bytes in ciphertexts.
    #[serde(with = "kagiban_store::base64_bytes")]
    pub id: Vec<u8>,
    /// Nonce, ciphertext and tag.
    #[serde(with = "kagiban_store::base64_bytes")]
    pub sealed: Vec<u8>,
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

    /// `/a/A/R/kms/alias/<name>`
    pub fn alias(scope: Scope, name: &str) -> Key {
        kms(scope, &["alias", name])
    }
}
