//! Passwords: how they are kept, and how they are recognised.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use kagiban_aws::SecretString;
use zeroize::Zeroizing;

use crate::records::{LoginProfile, PasswordHash};
use crate::{Account, Entropy, IamError, Stored, wire};

/// Former passwords that are kept: the most that a password policy can look back.
pub(crate) const MAX_PREVIOUS: usize = 24;

const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// The least that OWASP recommends for Argon2id: some 20 ms on a server, 100 ms on a small board, which
/// a request may take.
// DIFFERS: less than the seal's own cost, because these lie inside the sealed store.
const MEMORY_KIB: u32 = 19 << 10;
const PASSES: u32 = 2;
/// The most that is believed of a record.
const MOST_MEMORY_KIB: u32 = 256 << 10;
const MOST_PASSES: u32 = 16;

impl PasswordHash {
    /// What is kept of a user's first password.
    pub(crate) fn new(password: &SecretString, entropy: &Entropy) -> PasswordHash {
        PasswordHash::salted(password, BASE64.encode(entropy.bytes::<SALT_BYTES>()))
    }

    fn salted(password: &SecretString, salt: String) -> PasswordHash {
        let unfilled = PasswordHash {
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            salt,
            hash: SecretString::default(),
            rest: Default::default(),
        };
        let hash = unfilled
            .stretch(password)
            .expect("the cost and the salt are our own");
        PasswordHash {
            hash: BASE64.encode(*hash).into(),
            ..unfilled
        }
    }

    /// Whether this was made of `password`. Takes equally long whatever the answer.
    pub(crate) fn is_of(&self, password: &SecretString) -> bool {
        self.stretch(password).is_some_and(|hash| self.matches(&hash))
    }

    fn matches(&self, hash: &[u8; HASH_BYTES]) -> bool {
        let kept = BASE64.decode(self.hash.expose()).map(Zeroizing::new);
        kept.is_ok_and(|kept| verify_slices_are_equal(&kept, hash).is_ok())
    }

    /// None for a record that no server wrote: its password is nobody's.
    fn stretch(&self, password: &SecretString) -> Option<Zeroizing<[u8; HASH_BYTES]>> {
        if self.memory_kib > MOST_MEMORY_KIB || self.passes > MOST_PASSES {
            return None;
        }
        let salt = BASE64.decode(&self.salt).ok()?;
        let params = Params::new(self.memory_kib, self.passes, 1, Some(HASH_BYTES)).ok()?;
        let mut hash = Zeroizing::new([0; HASH_BYTES]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(password.expose().as_bytes(), &salt, hash.as_mut())
            .ok()?;
        Some(hash)
    }

    /// What is kept of the same user's next password.
    fn next(&self, password: &SecretString, entropy: &Entropy) -> PasswordHash {
        match self.memory_kib == MEMORY_KIB && self.passes == PASSES {
            true => PasswordHash::salted(password, self.salt.clone()),
            false => PasswordHash::new(password, entropy),
        }
    }

    /// Whether both were made of the same password, as far as that can be seen without it.
    fn equals(&self, other: &PasswordHash) -> bool {
        let alike =
            self.salt == other.salt && self.memory_kib == other.memory_kib && self.passes == other.passes;
        let (own, others) = (self.hash.expose().as_bytes(), other.hash.expose().as_bytes());
        alike && verify_slices_are_equal(own, others).is_ok()
    }
}

impl LoginProfile {
    /// The profile with another password, and the one before it among the former ones.
    ///
    /// # Errors
    ///
    /// `PasswordPolicyViolation` if the policy forbids to use one again and this is one of them.
    pub(crate) fn renewed(
        &self,
        password: &SecretString,
        reuse_prevention: usize,
        entropy: &Entropy,
    ) -> Result<LoginProfile, IamError> {
        let next = self.password.next(password, entropy);
        let mut former = std::iter::once(&self.password)
            .chain(&self.previous)
            .take(reuse_prevention);
        // Hashes from before the cost was raised have to be computed one by one.
        if former.any(|kept| kept.equals(&next) || (kept.salt != next.salt && kept.is_of(password))) {
            // UNSURE: AWS's sentence.
            return Err(IamError::PasswordPolicyViolation(
                "Password does not conform to the account password policy: it was used before.",
            ));
        }
        let mut previous = vec![self.password.clone()];
        previous.extend(self.previous.iter().take(MAX_PREVIOUS - 1).cloned());
        Ok(LoginProfile {
            password: next,
            previous,
            ..self.clone()
        })
    }

    /// As answers show it.
    pub(crate) fn shown(&self, user: &str) -> wire::LoginProfile {
        wire::LoginProfile {
            user_name: Some(user.to_owned()),
            create_date: Some(self.created),
            password_reset_required: Some(self.reset_required),
        }
    }
}

/// Takes a password that the request must have.
///
/// # Errors
///
/// In the wire's own words.
pub(crate) fn required(wire: Option<SecretString>) -> Result<SecretString, IamError> {
    wire.ok_or_else(|| {
        IamError::ValidationError(
            "1 validation error detected: Value null at 'password' failed to satisfy constraint: Member must not be null"
                .to_owned(),
        )
    })
}

/// The password of a user.
///
/// # Errors
///
/// `NoSuchEntity`.
pub(crate) fn existing<'a>(account: &'a Account, user: &str) -> Result<&'a Stored<LoginProfile>, IamError> {
    account
        .login(user)
        .ok_or_else(|| IamError::NoSuchEntity(format!("Login Profile for User {user} cannot be found.")))
}

#[cfg(test)]
mod tests {
    use kagiban_aws::Timestamp;

    use super::*;

    fn secret(text: &str) -> SecretString {
        text.to_owned().into()
    }

    #[test]
    fn a_password_is_recognised_and_no_other() {
        let kept = PasswordHash::new(&secret("Correct-horse-1"), &Entropy::system());
        assert!(kept.is_of(&secret("Correct-horse-1")));
        assert!(!kept.is_of(&secret("Correct-horse-2")));
        assert!(!format!("{kept:?}").contains(kept.hash.expose()));
    }

    #[test]
    fn a_record_that_would_exhaust_the_machine_is_nobodys() {
        let kept = PasswordHash::new(&secret("x"), &Entropy::system());
        for bad in [
            PasswordHash {
                memory_kib: u32::MAX,
                ..kept.clone()
            },
            PasswordHash {
                passes: u32::MAX,
                ..kept.clone()
            },
            PasswordHash {
                salt: "!".into(),
                ..kept.clone()
            },
        ] {
            assert!(!bad.is_of(&secret("x")));
        }
    }

    #[test]
    fn as_many_former_passwords_are_refused_as_the_policy_says() {
        let entropy = Entropy::system();
        let mut profile = LoginProfile {
            created: Timestamp::default(),
            changed: Timestamp::default(),
            reset_required: false,
            password: PasswordHash::new(&secret("p0"), &entropy),
            previous: Vec::new(),
            rest: Default::default(),
        };
        for n in 1..4 {
            profile = profile.renewed(&secret(&format!("p{n}")), 24, &entropy).unwrap();
        }
        assert_eq!(profile.previous.len(), 3);
        assert!(profile.renewed(&secret("p3"), 1, &entropy).is_err());
        assert!(profile.renewed(&secret("p2"), 1, &entropy).is_ok());
        assert!(profile.renewed(&secret("p0"), 4, &entropy).is_err());
        assert!(profile.renewed(&secret("p0"), 3, &entropy).is_ok());
    }

    #[test]
    fn a_former_password_under_another_cost_is_recognised_too() {
        let entropy = Entropy::system();
        let mut old = PasswordHash {
            memory_kib: 64,
            passes: 1,
            ..PasswordHash::new(&secret("p0"), &entropy)
        };
        let hash = old.stretch(&secret("p0")).unwrap();
        old.hash = BASE64.encode(*hash).into();
        let profile = LoginProfile {
            created: Timestamp::default(),
            changed: Timestamp::default(),
            reset_required: false,
            password: old,
            previous: Vec::new(),
            rest: Default::default(),
        };
        assert!(profile.renewed(&secret("p0"), 1, &entropy).is_err());
        let next = profile.renewed(&secret("p1"), 1, &entropy).unwrap();
        assert_eq!(next.password.memory_kib, MEMORY_KIB);
    }
}
