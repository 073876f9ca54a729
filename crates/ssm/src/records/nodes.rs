//! What is kept of managed nodes, and of the activations that they register with.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use kagiban_aws::{SecretString, Timestamp};
use kagiban_iam::Entropy;
use kagiban_iam::records::Tag;
use kagiban_store::{Record, Unknown};
use serde::{Deserialize, Serialize};

/// A permission to register nodes, for whoever knows its code.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Activation {
    /// What proves to know the code.
    pub code: CodeHash,
    /// Where the nodes' rights come from.
    pub rights: Rights,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Box<str>>,
    /// What its nodes are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_instance_name: Option<Box<str>>,
    /// How many nodes may register.
    pub limit: u32,
    /// How many have.
    pub registrations: u32,
    /// When it was made.
    pub created: Timestamp,
    /// The ARN of who made it.
    pub created_by: Box<str>,
    /// When it ends.
    pub expires: Timestamp,
    /// Its own tags, and those of its nodes.
    #[serde(default, skip_serializing_if = "<[Tag]>::is_empty")]
    pub tags: Box<[Tag]>,
    /// Wrong codes since the last right one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guesses: Option<Guesses>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// Where a node's rights come from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Rights {
    /// A role, as it was named: `name` or `service-role/name`. The node's id begins with `mi-`.
    Role(Box<str>),
    /// The role in an instance profile of this name. The node's id begins with `i-`.
    InstanceProfile(Box<str>),
}

/// Wrong codes in a row.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Guesses {
    /// How many.
    pub wrong: u32,
    /// When the last one came.
    pub last: Timestamp,
}

/// A code's keyed hash: it proves who knows the code, and tells nobody what it is.
#[derive(Clone, Deserialize, Serialize)]
pub struct CodeHash {
    #[serde(with = "kagiban_store::base64_bytes")]
    salt: [u8; 32],
    #[serde(with = "kagiban_store::base64_bytes")]
    hash: [u8; 32],
}

impl CodeHash {
    /// The hash of a code, under a salt of its own.
    pub fn of(code: &SecretString, entropy: &Entropy) -> CodeHash {
        let salt = entropy.bytes::<32>();
        let tag = hmac::sign(&key(&salt), code.expose().as_bytes());
        let hash = tag.as_ref().try_into().expect("HMAC-SHA256 gives 32 bytes");
        CodeHash { salt, hash }
    }

    /// Whether it is the hash of this code; takes the same time for all codes of one length.
    pub fn is_of(&self, code: &SecretString) -> bool {
        hmac::verify(&key(&self.salt), code.expose().as_bytes(), &self.hash).is_ok()
    }
}

fn key(salt: &[u8; 32]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, salt)
}

impl std::fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeHash(…)")
    }
}

/// A machine that has registered.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Node {
    /// The id of the activation that it registered with, which may be gone.
    pub activation: Box<str>,
    /// Where its rights come from.
    pub rights: Rights,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// What its signatures are verified with: DER of an RSA SubjectPublicKeyInfo.
    #[serde(with = "kagiban_store::base64_bytes")]
    pub public_key: Box<[u8]>,
    /// The same, announced by the node, and in force from its first signature on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_public_key: Option<PublicKeyBytes>,
    /// When that was announced, by the node's clock: an older announcement that is sent again is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_announced: Option<Timestamp>,
    /// Which machine it said it is.
    pub fingerprint: Box<str>,
    /// When it registered.
    pub registered: Timestamp,
    /// Tags.
    #[serde(default, skip_serializing_if = "<[Tag]>::is_empty")]
    pub tags: Box<[Tag]>,
    /// What its agent has said of itself and the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Box<Reported>>,
    /// When it was last heard of, as far as that has been written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_ping: Option<Timestamp>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

impl std::ops::Deref for PublicKeyBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// DER of an RSA SubjectPublicKeyInfo.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct PublicKeyBytes(#[serde(with = "kagiban_store::base64_bytes")] pub Box<[u8]>);

/// What an agent says of itself and its machine; nothing of it is proven.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
#[expect(missing_docs, reason = "AWS's own words")]
pub struct Reported {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_version: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_type: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_name: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_version: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computer_name: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<Box<str>>,
}

/// What a node has told of one type of inventory.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Inventory {
    /// The version of the type.
    pub schema_version: Box<str>,
    /// When it was found, as the node wrote it.
    pub capture_time: Box<str>,
    /// The hash of the content, as the node made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<Box<str>>,
    /// Entries of names and texts.
    pub content: Vec<BTreeMap<String, String>>,
    /// What compliance items have besides.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, String>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

impl Record for Activation {
    const KIND: u16 = 0x0340;
    const SCHEMA: u16 = 1;
}

impl Record for Node {
    const KIND: u16 = 0x0341;
    const SCHEMA: u16 = 1;
}

impl Record for Inventory {
    const KIND: u16 = 0x0342;
    const SCHEMA: u16 = 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_knows_its_code_and_shows_nothing_of_it() {
        let code = SecretString::from("QC2CV0/lRfn+LTqf23Bf".to_owned());
        let hash = CodeHash::of(&code, &Entropy::system());
        assert!(hash.is_of(&code));
        assert!(!hash.is_of(&SecretString::from("QC2CV0/lRfn+LTqf23Bg".to_owned())));
        assert!(!hash.is_of(&SecretString::default()));
        let written = serde_json::to_string(&hash).unwrap();
        assert!(!written.contains("QC2CV0"), "{written}");
        assert_eq!(format!("{hash:?}"), "CodeHash(…)");
    }

    #[test]
    fn two_hashes_of_one_code_differ() {
        let code = SecretString::from("QC2CV0/lRfn+LTqf23Bf".to_owned());
        let [one, two] = [0; 2].map(|_| CodeHash::of(&code, &Entropy::system()));
        assert_ne!(one.hash, two.hash);
    }
}
