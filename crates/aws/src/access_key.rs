use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::AccountId;

/// An access key id, such as `ASIAQNZGKIQY56JQ7WML`.
///
/// The 16 characters after the prefix are base32 of ten bytes. In the first six, read as one
/// number, the top bit is set, the next 40 bits are the account and the last seven belong to the
/// random rest: so an id says where it belongs before anything is looked up.
#[derive(Clone, Copy, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccessKeyId([u8; Self::LEN]);

/// What an access key id's prefix promises.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyOrigin {
    /// `AKIA`: lives until it is deleted.
    LongTerm,
    /// `ASIA`: issued by STS, valid only together with its session token.
    Temporary,
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ACCOUNT_BIT: u64 = 1 << 47;
const RANDOM_BITS: u32 = 7;

impl AccessKeyId {
    /// Characters in an id.
    pub const LEN: usize = 20;

    /// Makes an id that carries `account`; `random` should be five fresh random bytes.
    pub fn new(origin: KeyOrigin, account: AccountId, random: [u8; 5]) -> AccessKeyId {
        let head = ACCOUNT_BIT | account.number() << RANDOM_BITS | u64::from(random[0] & 0x7f);
        let mut bytes = [0; 10];
        bytes[..6].copy_from_slice(&head.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&random[1..]);
        let mut id = [0; Self::LEN];
        id[..4].copy_from_slice(match origin {
            KeyOrigin::LongTerm => b"AKIA",
            KeyOrigin::Temporary => b"ASIA",
        });
        encode(bytes, &mut id[4..]);
        AccessKeyId(id)
    }

    /// Long-term or temporary; `None` for ids of other making, such as the ones operators choose
    /// for the first root key.
    pub fn origin(&self) -> Option<KeyOrigin> {
        match &self.0[..4] {
            b"AKIA" => Some(KeyOrigin::LongTerm),
            b"ASIA" => Some(KeyOrigin::Temporary),
            _ => None,
        }
    }

    /// The account inside; `None` for old-format ids, which carry none.
    pub fn account(&self) -> Option<AccountId> {
        let bytes = decode(&self.0[4..])?;
        let head = bytes[..6]
            .iter()
            .fold(0u64, |head, byte| head << 8 | u64::from(*byte));
        if head & ACCOUNT_BIT == 0 {
            return None;
        }
        AccountId::try_from((head & !ACCOUNT_BIT) >> RANDOM_BITS).ok()
    }

    /// The id's characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("parsed from ASCII")
    }
}

/// Base32 without padding: ten bytes are sixteen characters exactly.
fn encode(bytes: [u8; 10], out: &mut [u8]) {
    let mut wide = [0; 16];
    wide[6..].copy_from_slice(&bytes);
    let number = u128::from_be_bytes(wide);
    for (place, slot) in out.iter_mut().enumerate() {
        let digit = number >> (75 - 5 * place) & 31;
        *slot = ALPHABET[usize::try_from(digit).expect("five bits")];
    }
}

fn decode(text: &[u8]) -> Option<[u8; 10]> {
    let mut number = 0u128;
    for character in text {
        let digit = ALPHABET.iter().position(|a| a == character)?;
        number = number << 5 | u128::try_from(digit).ok()?;
    }
    number.to_be_bytes()[6..].try_into().ok()
}

impl FromStr for AccessKeyId {
    type Err = InvalidAccessKeyId;

    fn from_str(text: &str) -> Result<AccessKeyId, InvalidAccessKeyId> {
        if !text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            return Err(InvalidAccessKeyId);
        }
        text.as_bytes()
            .try_into()
            .map(AccessKeyId)
            .map_err(|_| InvalidAccessKeyId)
    }
}

impl TryFrom<String> for AccessKeyId {
    type Error = InvalidAccessKeyId;

    fn try_from(text: String) -> Result<AccessKeyId, InvalidAccessKeyId> {
        text.parse()
    }
}

impl From<AccessKeyId> for String {
    fn from(id: AccessKeyId) -> String {
        id.as_str().to_owned()
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not an access key id.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "an access key id is {} of `A-Z` and `0-9`, such as `AKIAIOSFODNN7EXAMPLE`",
    AccessKeyId::LEN
)]
pub struct InvalidAccessKeyId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_id_gives_the_account_it_belongs_to() {
        let id: AccessKeyId = "ASIAQNZGKIQY56JQ7WML".parse().unwrap();
        assert_eq!(id.account().unwrap().to_string(), "029608264753");
        assert_eq!(id.origin(), Some(KeyOrigin::Temporary));
    }

    #[test]
    fn a_new_id_carries_its_account() {
        for account in ["000000000000", "111122223333", "999999999999"] {
            let account = account.parse().unwrap();
            let id = AccessKeyId::new(KeyOrigin::LongTerm, account, [0xff, 1, 2, 3, 4]);
            assert_eq!(id.account(), Some(account));
        }
    }

    #[test]
    fn an_old_id_carries_no_account() {
        assert_eq!(
            "AKIAIOSFODNN7EXAMPLE".parse::<AccessKeyId>().unwrap().account(),
            None
        );
    }

    #[test]
    fn other_text_is_no_id() {
        for text in [
            "",
            "AKIA",
            "akiaiosfodnn7example",
            "AKIAIOSFODNN7EXAMPLEX",
            "AKIAIOSFODNN7EXAMPL/",
        ] {
            assert_eq!(text.parse::<AccessKeyId>(), Err(InvalidAccessKeyId), "{text}");
        }
    }
}
