//! What an account demands of passwords.

use kagiban_aws::{AccountId, SecretString};

use crate::records::PasswordPolicy;
use crate::{Account, IamError, wire};

/// What AWS counts as symbols.
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";

/// Demanded of passwords as long as nobody has set a policy.
const DEFAULT_LENGTH: usize = 8;
const DEFAULT_KINDS: usize = 3;

/// The kinds of characters that a password has.
struct Kinds {
    uppercase: bool,
    lowercase: bool,
    number: bool,
    symbol: bool,
}

impl Kinds {
    fn of(password: &str) -> Kinds {
        let has = |kind: fn(&char) -> bool| password.chars().any(|c| kind(&c));
        Kinds {
            uppercase: has(char::is_ascii_uppercase),
            lowercase: has(char::is_ascii_lowercase),
            number: has(char::is_ascii_digit),
            symbol: has(|c| SYMBOLS.contains(*c)),
        }
    }

    fn count(&self) -> usize {
        [self.uppercase, self.lowercase, self.number, self.symbol]
            .into_iter()
            .filter(|there| *there)
            .count()
    }
}

impl PasswordPolicy {
    fn is_met(&self, password: &str) -> bool {
        let kinds = Kinds::of(password);
        password.chars().count() >= usize::from(self.minimum_length)
            && (!self.require_symbols || kinds.symbol)
            && (!self.require_numbers || kinds.number)
            && (!self.require_uppercase || kinds.uppercase)
            && (!self.require_lowercase || kinds.lowercase)
    }

    /// As GetAccountPasswordPolicy shows it.
    pub(crate) fn shown(&self) -> wire::PasswordPolicy {
        wire::PasswordPolicy {
            minimum_password_length: Some(i32::from(self.minimum_length)),
            require_symbols: Some(self.require_symbols),
            require_numbers: Some(self.require_numbers),
            require_uppercase_characters: Some(self.require_uppercase),
            require_lowercase_characters: Some(self.require_lowercase),
            allow_users_to_change_password: Some(self.users_may_change),
            expire_passwords: Some(self.max_age_days.is_some()),
            max_password_age: self.max_age_days.map(i32::from),
            password_reuse_prevention: self.reuse_prevention.map(i32::from),
            hard_expiry: self.hard_expiry,
        }
    }
}

impl Account {
    /// Takes a password that somebody chose.
    ///
    /// # Errors
    ///
    /// `PasswordPolicyViolation`.
    pub(crate) fn take_password(&self, id: AccountId, password: &SecretString) -> Result<(), IamError> {
        let password = password.expose();
        let met = match &self.password_policy {
            Some(policy) => policy.is_met(password),
            None => self.is_fit_by_default(id, password),
        };
        match met {
            true => Ok(()),
            false => Err(IamError::PasswordPolicyViolation(
                "Password does not conform to the account password policy.",
            )),
        }
    }

    /// AWS's default policy: eight characters of three kinds, and not the account's own name.
    fn is_fit_by_default(&self, id: AccountId, password: &str) -> bool {
        password.chars().count() >= DEFAULT_LENGTH
            && Kinds::of(password).count() >= DEFAULT_KINDS
            && self.alias.as_deref() != Some(password)
            && id.to_string() != password
    }

    /// How many of a user's former passwords may not come back.
    pub(crate) fn reuse_prevention(&self) -> usize {
        let policy = self.password_policy.as_ref();
        policy
            .and_then(|policy| policy.reuse_prevention)
            .map_or(0, usize::from)
    }
}

/// The policy, which is there once somebody has set it.
///
/// # Errors
///
/// `NoSuchEntity`, although the default holds.
pub(crate) fn existing(account: &Account, id: AccountId) -> Result<&crate::Stored<PasswordPolicy>, IamError> {
    account.password_policy.as_ref().ok_or_else(|| {
        IamError::NoSuchEntity(format!(
            "The Password Policy with domain name {id} cannot be found."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default_takes(password: &str) -> bool {
        let id = "111122223333".parse().unwrap();
        Account::default()
            .take_password(id, &password.to_owned().into())
            .is_ok()
    }

    #[test]
    fn by_default_eight_characters_of_three_kinds_are_demanded() {
        for good in ["Abcdefg1", "abcdef1!", "ABCDEF1!", "Abcdefg!"] {
            assert!(default_takes(good), "{good}");
        }
        for bad in ["Abcde1!", "abcdefg1", "ABCDEFGH", "abcdefg?1", "111122223333"] {
            assert!(!default_takes(bad), "{bad}");
        }
    }

    #[test]
    fn each_demand_of_a_policy_is_held() {
        let lax = PasswordPolicy {
            minimum_length: 6,
            require_symbols: false,
            require_numbers: false,
            require_uppercase: false,
            require_lowercase: false,
            users_may_change: false,
            max_age_days: None,
            reuse_prevention: None,
            hard_expiry: None,
            rest: Default::default(),
        };
        assert!(lax.is_met("aaaaaa"));
        assert!(!lax.is_met("aaaaa"));
        assert!(
            !PasswordPolicy {
                require_symbols: true,
                ..lax.clone()
            }
            .is_met("aaaaaa?")
        );
        assert!(
            PasswordPolicy {
                require_symbols: true,
                ..lax.clone()
            }
            .is_met("aaaaaa'")
        );
        assert!(
            !PasswordPolicy {
                require_numbers: true,
                ..lax.clone()
            }
            .is_met("aaaaaa")
        );
        assert!(
            !PasswordPolicy {
                require_uppercase: true,
                ..lax.clone()
            }
            .is_met("aaaaaa")
        );
        assert!(
            !PasswordPolicy {
                require_lowercase: true,
                ..lax.clone()
            }
            .is_met("AAAAAA")
        );
        assert_eq!(lax.shown().expire_passwords, Some(false));
        let aging = PasswordPolicy {
            max_age_days: Some(90),
            ..lax
        };
        assert_eq!(aging.shown().expire_passwords, Some(true));
    }
}
