//! Account aliases: one to an account, and no two accounts with the same.

use crate::{Account, IamError};

/// An account alias.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Alias(String);

impl Alias {
    /// Takes a member that the wire demands, whose length it holds but not its form: the pattern looks
    /// ahead.
    ///
    /// # Errors
    ///
    /// `ValidationError` in AWS's words.
    pub(crate) fn parse(wire: Option<String>) -> Result<Alias, IamError> {
        let alias = wire.unwrap_or_default();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let framed = !alias.starts_with('-') && !alias.ends_with('-') && !alias.contains("--");
        if (3..=63).contains(&alias.len()) && framed && alias.bytes().all(plain) {
            return Ok(Alias(alias));
        }
        Err(IamError::ValidationError(
            "1 validation error detected: Value at 'accountAlias' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"
                .to_owned(),
        ))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the account's own.
    pub(crate) fn is_of(&self, account: &Account) -> bool {
        account.alias.as_deref() == Some(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_lower_case_with_single_hyphens_inside() {
        let parse = |text: &str| Alias::parse(Some(text.to_owned()));
        for good in ["abc", "my-company-1", "123", &"a".repeat(63)] {
            assert_eq!(parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "ab",
            "-abc",
            "abc-",
            "a--b",
            "Abc",
            "a_b",
            "äbc",
            &"a".repeat(64),
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
