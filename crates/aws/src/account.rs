use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An account number: twelve decimal digits.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(u64);

impl AccountId {
    /// The smallest number that is not an account any more.
    const END: u64 = 1_000_000_000_000;

    /// Takes an account out of arbitrary bits, as when a new installation chooses its own.
    /// Leading zeros are avoided because spreadsheets and YAML 1.1 eat them.
    pub fn from_bits(bits: u64) -> AccountId {
        AccountId(Self::END / 10 + bits % (Self::END / 10 * 9))
    }

    /// The account as a number below 10¹².
    pub fn number(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for AccountId {
    type Error = InvalidAccountId;

    fn try_from(number: u64) -> Result<AccountId, InvalidAccountId> {
        (number < Self::END)
            .then_some(AccountId(number))
            .ok_or(InvalidAccountId)
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<AccountId, InvalidAccountId> {
        if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidAccountId);
        }
        text.parse().map(AccountId).map_err(|_| InvalidAccountId)
    }
}

impl TryFrom<String> for AccountId {
    type Error = InvalidAccountId;

    fn try_from(text: String) -> Result<AccountId, InvalidAccountId> {
        text.parse()
    }
}

impl From<AccountId> for String {
    fn from(account: AccountId) -> String {
        account.to_string()
    }
}

/// The twelve digits of an account, inline.
pub(crate) struct Digits([u8; 12]);

impl AccountId {
    pub(crate) fn digits(self) -> Digits {
        let mut digits = [b'0'; 12];
        let mut left = self.0;
        for digit in digits.iter_mut().rev() {
            *digit += u8::try_from(left % 10).expect("below ten");
            left /= 10;
        }
        Digits(digits)
    }
}

impl Digits {
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits are ASCII")
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits().as_str())
    }
}

/// The text is not twelve digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an account number has twelve digits")]
pub struct InvalidAccountId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_keeps_its_leading_zeros() {
        let account: AccountId = "000000000042".parse().unwrap();
        assert_eq!(account.number(), 42);
        assert_eq!(account.to_string(), "000000000042");
    }

    #[test]
    fn anything_but_twelve_digits_is_refused() {
        for text in ["", "1", "1234567890123", "12345678901a", "+12345678901"] {
            assert_eq!(text.parse::<AccountId>(), Err(InvalidAccountId), "{text}");
        }
    }

    #[test]
    fn a_chosen_account_never_starts_with_zero() {
        for bits in [0, 1, u64::MAX, 999_999_999_999] {
            assert!(!AccountId::from_bits(bits).to_string().starts_with('0'));
        }
    }
}
