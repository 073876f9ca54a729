use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the root of all keys is sealed with: `keyfile:PATH` or `passphrase`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Seal {
    /// A file with a random key, made on the first start.
    KeyFile(PathBuf),
    /// A passphrase, which is asked for or read from where secrets are handed over.
    Passphrase,
}

impl FromStr for Seal {
    type Err = InvalidSeal;

    fn from_str(text: &str) -> Result<Seal, InvalidSeal> {
        match text.split_once(':') {
            Some(("keyfile", path)) if !path.is_empty() => Ok(Seal::KeyFile(path.into())),
            None if text == "passphrase" => Ok(Seal::Passphrase),
            // Not quoted: somebody may have put the passphrase itself here.
            _ => Err(InvalidSeal),
        }
    }
}

impl TryFrom<String> for Seal {
    type Error = InvalidSeal;

    fn try_from(text: String) -> Result<Seal, InvalidSeal> {
        text.parse()
    }
}

impl From<Seal> for String {
    fn from(seal: Seal) -> String {
        seal.to_string()
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Seal::KeyFile(path) => write!(f, "keyfile:{}", path.display()),
            Seal::Passphrase => f.write_str("passphrase"),
        }
    }
}

/// The text names no seal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a seal is `keyfile:PATH` or `passphrase`; the passphrase itself never goes here")]
pub struct InvalidSeal;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_prints_as_it_was_written() {
        for text in ["keyfile:/etc/kagiban/seal.key", "passphrase"] {
            assert_eq!(text.parse::<Seal>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_passphrase_given_by_mistake_is_refused_and_not_repeated() {
        for text in ["passphrase:hunter2", "hunter2", "keyfile:", ""] {
            let error = text.parse::<Seal>().unwrap_err();
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
