//! Passwords for the console.

use kagiban_aws::{SecretString, Timestamp};
use kagiban_store::Unknown;
use serde::{Deserialize, Serialize};

/// A user's password.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LoginProfile {
    /// When the profile was made; it outlives changes of the password.
    pub created: Timestamp,
    /// When the password was last set: its age counts from here.
    pub changed: Timestamp,
    /// Whether the user must choose another one at the next sign-in.
    pub reset_required: bool,
    /// The password in force.
    pub password: PasswordHash,
    /// Those before it, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous: Vec<PasswordHash>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}

/// What is kept of a password: Argon2id of it, with what computing it again takes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PasswordHash {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// 16 bytes in base64. A profile keeps its salt, so that one computation compares a password with
    /// all that were there before.
    pub salt: String,
    /// 32 bytes in base64.
    pub hash: SecretString,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}
