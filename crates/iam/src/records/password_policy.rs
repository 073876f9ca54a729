//! What an account demands of passwords.

use kagiban_store::Unknown;
use serde::{Deserialize, Serialize};

/// What an account demands of passwords. Without one, AWS's default holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PasswordPolicy {
    /// The fewest characters.
    pub minimum_length: u8,
    /// At least one of ``! @ # $ % ^ & * ( ) _ + - = [ ] { } | '``.
    pub require_symbols: bool,
    /// At least one of `0` to `9`.
    pub require_numbers: bool,
    /// At least one of `A` to `Z`.
    pub require_uppercase: bool,
    /// At least one of `a` to `z`.
    pub require_lowercase: bool,
    /// Whether users may change their own password without a policy that says so.
    pub users_may_change: bool,
    /// Days until a password expires; none for never.
    pub max_age_days: Option<u16>,
    /// How many of a user's former passwords may not come back; none for all may.
    pub reuse_prevention: Option<u8>,
    /// Whether an administrator must reset an expired password; none if nobody has said.
    pub hard_expiry: Option<bool>,
    #[expect(missing_docs, reason = "members that a newer server wrote, kept on rewrite")]
    #[serde(flatten)]
    pub rest: Unknown,
}
