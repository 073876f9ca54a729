use kagiban_aws::{AccessKeyId, InvalidAccessKeyId, KeyOrigin, SecretString};

/// The root access key that an operator chose for the first start.
#[derive(Clone, Debug)]
pub struct RootCredentials {
    /// The id that clients send.
    pub access_key_id: AccessKeyId,
    /// The secret that clients sign with.
    pub secret_access_key: SecretString,
}

/// A signature that somebody overheard can be tried against guesses for as long as they like.
const MIN_SECRET_CHARACTERS: usize = 16;
/// As for IAM's own `accessKeySecretType`, with room for other makers' keys.
const MAX_SECRET_CHARACTERS: usize = 128;

const ID: &str = "KAGIBAN_ROOT_ACCESS_KEY_ID";
const SECRET: &str = "KAGIBAN_ROOT_SECRET_ACCESS_KEY";

impl RootCredentials {
    /// Takes both variables from the environment; `None` if neither is set.
    ///
    /// # Errors
    ///
    /// One is set without the other, or they cannot be an access key.
    pub fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<RootCredentials>, RootCredentialsError> {
        let set = |name| variable(name).filter(|text| !text.is_empty());
        let (id, secret) = match (set(ID), set(SECRET).map(SecretString::from)) {
            (None, None) => return Ok(None),
            (Some(id), Some(secret)) => (id, secret),
            _ => return Err(RootCredentialsError::Half),
        };
        let length = secret.expose().len();
        if !(MIN_SECRET_CHARACTERS..=MAX_SECRET_CHARACTERS).contains(&length) {
            return Err(RootCredentialsError::Secret { length });
        }
        let id: AccessKeyId = id.parse()?;
        if id.origin() == Some(KeyOrigin::Temporary) {
            return Err(RootCredentialsError::Temporary);
        }
        Ok(Some(RootCredentials {
            access_key_id: id,
            secret_access_key: secret,
        }))
    }
}

/// Why the environment's root access key is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RootCredentialsError {
    /// Only one of the two variables is set.
    #[error("{ID} and {SECRET} belong together; set both, or neither to have a key made")]
    Half,
    /// The secret is too short to be one, or too long to be meant.
    #[error(
        "{SECRET} has {length} characters; it needs {MIN_SECRET_CHARACTERS} to {MAX_SECRET_CHARACTERS}, \
         such as `openssl rand -base64 30` makes"
    )]
    Secret {
        /// Characters in the secret.
        length: usize,
    },
    /// The id is none.
    #[error("{ID} is no access key id")]
    Id(#[from] InvalidAccessKeyId),
    /// The id is of a kind that is valid only with a session token, so nobody could sign with it.
    #[error("{ID} begins with `ASIA`, as temporary keys do; choose one that begins with `AKIA`")]
    Temporary,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(id: &str, secret: &str) -> Result<Option<RootCredentials>, RootCredentialsError> {
        RootCredentials::from_environment(|name| Some(if name == ID { id } else { secret }.to_owned()))
    }

    #[test]
    fn both_variables_make_a_key_and_none_makes_none() {
        let key = from("AKIAIOSFODNN7EXAMPLE", "0123456789abcdef").unwrap().unwrap();
        assert_eq!(key.access_key_id.as_str(), "AKIAIOSFODNN7EXAMPLE");
        assert!(from("", "").unwrap().is_none());
    }

    #[test]
    fn half_a_key_and_a_guessable_one_are_refused() {
        assert_eq!(
            from("AKIAIOSFODNN7EXAMPLE", "").unwrap_err(),
            RootCredentialsError::Half
        );
        assert_eq!(
            from("AKIAIOSFODNN7EXAMPLE", "short").unwrap_err(),
            RootCredentialsError::Secret { length: 5 }
        );
        assert!(from("nonsense", "0123456789abcdef").is_err());
    }

    #[test]
    fn a_key_that_would_need_a_session_token_is_refused() {
        assert_eq!(
            from("ASIAIOSFODNN7EXAMPLE", "0123456789abcdef").unwrap_err(),
            RootCredentialsError::Temporary
        );
    }
}
